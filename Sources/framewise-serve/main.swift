import CJemalloc
import Glibc
import Serving
import Storage
import SystemPackage
import Terminal
import Web

// Asked for anything at all, jemalloc becomes part of the program, and gives it its memory as it does for `framewise`.
_ = mallctl("version", nil, nil, nil, 0)

let console = Console.standard
guard CommandLine.arguments.count == 2,
  let settings = try? JSONText.decode(ServeSettings.self, from: Array(CommandLine.arguments[1].utf8))
else {
  console.error("framewise-serve is started by framewise serve, not by hand")
  exit(ErrorKind.usage.rawValue)
}
do {
  let token = try settings.address.tokenFile.map { try AccessToken(reading: FilePath($0)) }
  let service = try ClassificationService(settings) { Console.standard.warning($0) }
  try await WebServer(service, token: token) { Console.standard.message($0) }.run {
    Console.standard.message("listening on \($0)")
  }
} catch let error as any ReportableError {
  console.error(error.description)
  exit(error.kind.rawValue)
} catch {
  console.error("internal error: \(error)")
  exit(ErrorKind.internal.rawValue)
}
exit(0)
