import CJemalloc  // Links it: memory as framewise has it.
import Glibc
import Serving
import Storage
import SystemPackage
import Terminal
import Web

let console = Console.standard
guard CommandLine.arguments.count == 2,
  let settings = try? JSONText.decode(ServeSettings.self, from: Array(CommandLine.arguments[1].utf8))
else {
  console.error("framewise-serve is started by framewise serve, not by hand")
  exit(ErrorKind.usage.rawValue)
}
OpenFiles.allow(settings.descriptors)
do {
  let token = try settings.address.tokenFile.map { try AccessToken(reading: FilePath($0)) }
  let service = try ClassificationService(settings) { Console.standard.warning($0) }
  try await WebServer(service, token: token) { Console.standard.message($0) }.run {
    Console.standard.message("listening on \($0)")
  }
} catch let error as any ReportableError {
  console.error(error.description)
  end(error.kind.rawValue)
} catch {
  console.error("internal error: \(error)")
  end(ErrorKind.internal.rawValue)
}
end(0)

/// Ends the process without what libraries would do at its end: a thread may still compute what nobody waits for any more, and
/// they would take from it what it computes with.
func end(_ code: Int32) -> Never {
  fflush(nil)
  _exit(code)
}
