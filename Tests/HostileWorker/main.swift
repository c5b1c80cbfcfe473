import CSandbox
import Dataset
import Extraction
import Glibc
import SystemPackage

// The real worker, in the real sandbox, taken over by whatever the "video" says: its text is the deed.
//
// Under a name that ends with `unfiltered`, it runs where the kernel refuses to filter system calls; with
// `deep-stack`, where stacks have no limit.

if CommandLine.arguments[0].hasSuffix("unfiltered") { refuseFilters() }
if CommandLine.arguments[0].hasSuffix("deep-stack") { allowDeepStacks() }

ExtractionWorker.run(answer: misbehave)

func misbehave(_ file: FileDescriptor, _ request: VideoRequest) -> any WorkerAnswer {
  var text = [UInt8](repeating: 0, count: 64)
  let count = pread(file.rawValue, &text, text.count, 0)
  let words = String(decoding: text.prefix(max(0, count)), as: UTF8.self).split(separator: " ").map(
    String.init)
  switch words.first {
  // What follows, whatever it is, is the answer.
  case "say":
    say(file, from: 4)
    while true { usleep(1000) }
  // So many frames of so many bytes each, after so many milliseconds: a worker that costs nothing.
  case "frames": return frames(request, words.dropFirst().compactMap { Int($0) })
  // A frame, and which process it is from, after so many milliseconds of computing.
  case "who":
    let start = clock()
    let time = words.dropFirst().first.flatMap { Int($0) } ?? 0
    while (clock() - start) / (CLOCKS_PER_SEC / 1000) < time {}
    return frames(request, [1, 100, 0], codec: "process-\(getpid())")
  case "split": _ = fw_split_off()
  case "outlive": _ = fw_die_with_parent()
  case "filter":
    let filter = seccomp_init(SCMP_ACT_ALLOW)
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0)
    seccomp_load(filter)
  case "socket": _ = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  case "open": _ = open("/etc/passwd", O_RDONLY)
  case "create": _ = open("/tmp/framewise-was-here", O_CREAT | O_WRONLY, 0o600)
  case "execute": execl()
  case "fork": _ = fork()
  case "kill": kill(getpid(), 0)
  case "term": raise(SIGTERM)
  // As `abort` does, but to a process that is not there: to any other it would be the same.
  case "signal": signalThread(.max, SIGABRT)
  // A path where the status of an open file may be asked for.
  case "look":
    var status = stat()
    if fstatat(AT_FDCWD, "/etc/passwd", &status, 0x1000) == 0 { break }  // AT_EMPTY_PATH
    return ExtractionWorker.failed(request, .missing, "refused")
  case "trap": abort()
  case "leave": exit(3)
  case "hang": while true { usleep(1000) }
  case "spin": while true {}
  case "grow":
    var size = 1 << 20
    while let memory = malloc(size) {
      memset(memory, 1, size)
      size += 1 << 20
    }
    abort()
  case "recurse": if recurse(64 << 20) == 0 { break }
  case "share": reserve(1 << 20, MAP_SHARED)
  case "stack": reserve(1 << 20, MAP_PRIVATE | MAP_GROWSDOWN)
  case "reserve":
    if reserve(1 << 44, MAP_PRIVATE | MAP_NORESERVE) { break }
    return ExtractionWorker.failed(request, .memory, "no room")
  case "babble": _ = try? FileDescriptor.standardInput.writeAll([UInt8](repeating: 7, count: 5000))
  case "impersonate":
    var other = request
    other.id = "somebody-else"
    return ExtractionWorker.failed(other, .empty, "")
  case "inject":
    return ExtractionWorker.failed(request, .empty, "a\nb")
  default: break
  }
  // What was forbidden was possible.
  return ExtractionWorker.failed(request, .empty, words.joined(separator: " "))
}

/// Answers with the bytes of the file from `offset` on.
func say(_ file: FileDescriptor, from offset: Int) {
  var bytes = [UInt8](repeating: 0, count: 1 << 22)
  let count = pread(file.rawValue, &bytes, bytes.count, offset)
  _ = try? FileDescriptor.standardInput.writeAll(bytes.prefix(max(0, count)))
}

/// Takes `room` bytes of stack at least; returns a number that depends on all of them.
@inline(never)
func recurse(_ room: Int) -> UInt8 {
  // Of the size up to which Swift has such a piece on the stack.
  withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 1) { piece in
    let byte = UInt8(truncatingIfNeeded: room >> 10)
    for place in piece.indices { piece[place] = byte }
    let rest = room > 0 ? recurse(room - 1024) : 0
    return rest &+ piece[room & 1023]
  }
}

/// Whether addresses for so many bytes, which nobody may touch, are to be had.
@discardableResult
func reserve(_ bytes: Int, _ kind: Int32) -> Bool {
  mmap(nil, bytes, PROT_NONE, kind | MAP_ANONYMOUS, -1, 0) != MAP_FAILED
}

/// Sends a signal to the first thread of a process. The C library declares `tgkill` for those only who ask for all of GNU's
/// extensions.
func signalThread(_ process: pid_t, _ signal: Int32) {
  typealias Call = @convention(c) (pid_t, pid_t, Int32) -> Int32
  guard let address = dlsym(nil, "tgkill") else { exit(70) }
  _ = unsafeBitCast(address, to: Call.self)(process, process, signal)
}

func execl() {
  var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("/bin/true"), nil]
  execv("/bin/true", &arguments)
}

/// Makes this kernel one that cannot filter.
func refuseFilters() {
  guard let filter = seccomp_init(SCMP_ACT_ALLOW) else { exit(70) }
  let prctlFilter = scmp_arg_cmp(arg: 0, op: SCMP_CMP_EQ, datum_a: 22, datum_b: 0)
  let call = { (name: String) in seccomp_syscall_resolve_name(name) }
  seccomp_rule_add_array(filter, fw_seccomp_refuse(UInt16(EINVAL)), call("seccomp"), 0, nil)
  seccomp_rule_add_array(filter, fw_seccomp_refuse(UInt16(EINVAL)), call("prctl"), 1, [prctlFilter])
  guard seccomp_load(filter) == 0 else { exit(70) }
}

/// As after `ulimit -s unlimited`.
func allowDeepStacks() {
  var limit = rlimit()
  guard getrlimit(__rlimit_resource_t(3), &limit) == 0 else { exit(70) }  // RLIMIT_STACK
  limit.rlim_cur = limit.rlim_max
  guard setrlimit(__rlimit_resource_t(3), &limit) == 0 else { exit(70) }
}

func frames(_ request: VideoRequest, _ numbers: [Int], codec: String = "none") -> any WorkerAnswer {
  guard numbers.count == 3 else { exit(64) }
  usleep(UInt32(numbers[2]) * 1000)
  let side: UInt8 = 32
  var frame: [UInt8] = [0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0, side, 0, side, 1, 1, 0x11, 0]
  frame += [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0]
  frame +=
    (0..<max(0, numbers[1] - frame.count - 2)).map { UInt8(truncatingIfNeeded: $0 &* 167) } + [0xFF, 0xD9]
  let sample = ShardSample(
    id: request.id, timestamps: (0..<numbers[0]).map(Double.init), status: .complete, codec: codec,
    duration: Double(numbers[0]), rotation: 0, sourceWidth: 64, sourceHeight: 64, frameWidth: Int(side),
    frameHeight: Int(side))
  return ExtractedVideo(sample: sample, jpegs: Array(repeating: frame, count: numbers[0]), quarantine: nil)
}
