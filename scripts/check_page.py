#!/usr/bin/env python3
"""Uses the page of a running server as a person with a keyboard does, in headless Chromium, and makes pictures of it.

    scripts/check_page.py ADDRESS VIDEO FOLDER

The pictures are page-1200-light.png, page-1200-dark.png, page-360-light.png and page-360-dark.png. Exits with 1 where there is
no answer, something is wider than the window, a field has no name that is read out, or the browser complains.
"""
import base64
import fcntl
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time


class Browser:
    """Chromium over its DevTools protocol, through a pipe."""

    def __init__(self):
        program = shutil.which("chromium") or shutil.which("google-chrome") or sys.exit("there is no chromium")
        # Processes that the browser started write there for a moment after it has ended.
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        # Chromium reads from 3 and writes to 4, which may be taken.
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in os.pipe() + os.pipe()]
        to_browser, self.write_end, self.read_end, from_browser = ends
        os.dup2(to_browser, 3, inheritable=True)
        os.dup2(from_browser, 4, inheritable=True)
        self.process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe",
             f"--user-data-dir={self.folder.name}", "about:blank"],
            pass_fds=(3, 4), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.number, self.buffer, self.session = 0, b"", None
        self.complaints = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "DOM", "Log", "Accessibility"):
            self.call(f"{domain}.enable")

    def receive(self):
        while b"\0" not in self.buffer:
            self.buffer += os.read(self.read_end, 1 << 16)
        message, self.buffer = self.buffer.split(b"\0", 1)
        message = json.loads(message)
        if message.get("method") == "Log.entryAdded":
            self.complaints.append(message["params"]["entry"]["text"])
        if message.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(message["params"]["exceptionDetails"]))
        return message

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write_end, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    sys.exit(f"{method}: {answer['error']}")
                return answer["result"]

    def value(self, expression):
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def wait(self, expression, seconds=600):
        end = time.time() + seconds
        while not self.value(expression):
            if time.time() > end:
                sys.exit(f"this never became true: {expression}\n{self.value('document.body.innerText')}")
            time.sleep(0.05)

    def press(self, key, text=""):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, text=text if kind == "keyDown" else "",
                      windowsVirtualKeyCode={"Tab": 9, "Enter": 13, " ": 32}.get(key, 0))

    def type(self, text):
        self.call("Input.insertText", text=text)

    def end(self):
        self.process.kill()
        self.process.wait()
        self.folder.cleanup()


def names(browser):
    """What a screen reader calls the fields and buttons."""
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    roles = {"textbox", "checkbox", "button"}
    return {
        node["name"]["value"] for node in nodes
        if not node.get("ignored") and node.get("role", {}).get("value") in roles and node.get("name")
    }


def main(address, video, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    browser = Browser()
    try:
        for width in (1200, 360):
            for scheme in ("light", "dark"):
                browser.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1,
                             mobile=width < 600)
                browser.call("Emulation.setEmulatedMedia",
                             features=[{"name": "prefers-color-scheme", "value": scheme}])
                browser.call("Page.navigate", url=address)
                browser.wait("document.readyState === 'complete' && !!document.getElementById('ask')")
                found = names(browser)
                for name in ("Title", "Speech", "On-screen text", "Classify", "Clear"):
                    if name not in found:
                        sys.exit(f"nothing is read out as {name}: {sorted(found)}")
                # The first stop of the Tab key is the file, the next ones are the texts, in their order.
                browser.press("Tab")
                if browser.value("document.activeElement.id") != "video":
                    sys.exit("the Tab key does not come to the file first")
                document = browser.call("DOM.getDocument")
                node = browser.call("DOM.querySelector", nodeId=document["root"]["nodeId"], selector="#video")
                browser.call("DOM.setFileInputFiles", nodeId=node["nodeId"], files=[str(pathlib.Path(video).resolve())])
                for text in ("How to <b>flip</b> a pancake", "first you need a hot pan", "PANCAKES"):
                    browser.press("Tab")
                    browser.type(text)
                for _ in range(2):  # past the checkbox to the button
                    browser.press("Tab")
                if browser.value("document.activeElement.id") != "ask":
                    sys.exit("the Tab key does not come to the button after the texts")
                browser.press("Enter", "\r")
                browser.wait("!!document.querySelector('#answer .said')")
                if browser.value("document.activeElement.id") != "answer":
                    sys.exit("who cannot see is not led to the answer")
                for part in ("Categories", "What it rests on", "Frames that the model saw"):
                    if part not in browser.value("document.getElementById('answer').innerText"):
                        sys.exit(f"the answer lacks: {part}")
                browser.wait("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
                wide = browser.value("document.documentElement.scrollWidth")
                if wide > width:
                    sys.exit(f"{wide} pixels in a window of {width}")
                size = browser.call("Page.getLayoutMetrics")["cssContentSize"]
                picture = browser.call("Page.captureScreenshot", captureBeyondViewport=True, clip={
                    "x": 0, "y": 0, "width": width, "height": size["height"], "scale": 1})
                (folder / f"page-{width}-{scheme}.png").write_bytes(base64.b64decode(picture["data"]))
        if browser.complaints:
            sys.exit("the browser complains: " + "; ".join(browser.complaints))
    finally:
        browser.end()
    print("the page answers to a keyboard, has names for a screen reader, and fits 360 and 1200 pixels")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
