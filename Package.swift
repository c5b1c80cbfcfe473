// swift-tools-version: 6.1
import Foundation
import PackageDescription

/// `TORCH_HOME=<dir>` builds against the libtorch there (an unpacked wheel's `torch` folder, or the official
/// zip); without it the distribution's `libtorch-dev` is used. See docs/dependencies.md.
let torchHome = Context.environment["TORCH_HOME"].flatMap { $0.isEmpty ? nil : $0 }

let torchHeaders: [CXXSetting] =
  torchHome.map { home in
    [.unsafeFlags(["-isystem", "\(home)/include", "-isystem", "\(home)/include/torch/csrc/api/include"])]
  } ?? []

/// The rpath makes the loader take the version that was compiled against.
let torchLibraries: [LinkerSetting] =
  (torchHome.map { home in
    [.unsafeFlags(["-L\(home)/lib", "-Xlinker", "-rpath", "-Xlinker", "\(home)/lib"])]
  } ?? []) + [.linkedLibrary("torch"), .linkedLibrary("torch_cpu"), .linkedLibrary("c10")]

let swift: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// One room of the design: a target in `Sources/<name>` and its tests in `Tests/<name>Tests`.
struct Room {
  var name: String
  var dependencies: [Target.Dependency] = []
  /// Whether the tests carry files in `Tests/<name>Tests/Fixtures`.
  var hasFixtures = false
  /// Whether there are templates of pages in `Sources/<name>/Templates`, which become part of the program.
  var hasTemplates = false
  /// What the tests alone need.
  var testSupport: [Target.Dependency] = []

  var targets: [Target] {
    let room = Target.target(
      name: name, dependencies: dependencies, resources: hasTemplates ? [.embedInCode("Templates")] : [],
      swiftSettings: swift)
    return [
      room,
      .testTarget(
        name: "\(name)Tests", dependencies: [.byName(name: name)] + dependencies + testSupport,
        resources: hasFixtures ? [.copy("Fixtures")] : [], swiftSettings: swift),
    ]
  }
}

extension Target.Dependency {
  /// A room that videos are read or written with, for a target that can do without them: it then links no FFmpeg.
  static func videos(_ room: String) -> Self { .target(name: room, condition: .when(traits: ["Videos"])) }
}

let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
/// Without what reads files of many messages, which nothing here does.
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
/// Its room for measurements is called as ours for scores is.
let hummingbird = Target.Dependency.product(
  name: "Hummingbird", package: "hummingbird", moduleAliases: ["Metrics": "ServerMetrics"])
/// What connections are made of, for what Hummingbird has no say in.
let connections: [Target.Dependency] = [
  .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
  .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
  .product(name: "HummingbirdCore", package: "hummingbird"),
  .product(name: "HTTPTypes", package: "swift-http-types"),
  .product(name: "Logging", package: "swift-log"),
  .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
  .product(name: "UnixSignals", package: "swift-service-lifecycle"),
]

let rooms = [
  Room(name: "Storage", dependencies: ["CZip", "CJSON", "CZlib", system]),
  Room(name: "Torch", dependencies: ["CTorch", "Storage", system], hasFixtures: true),
  Room(
    name: "NN", dependencies: ["Torch", "Storage", system], hasFixtures: true, testSupport: ["ParityFixtures"]
  ),
  Room(
    name: "Models", dependencies: ["NN", "Torch", "Storage", system], hasFixtures: true,
    testSupport: ["JSONSchema", "ParityFixtures"]),
  Room(name: "Images", dependencies: ["CTurboJPEG", "Storage"], hasFixtures: true),
  Room(name: "Media", dependencies: ["CFFmpeg", "Images", "Storage", system], hasFixtures: true),
  Room(name: "Text", dependencies: ["CSentencePiece", "Storage", system], hasFixtures: true),
  Room(
    name: "Dataset", dependencies: ["CArchive", "Images", "Storage", system],
    testSupport: ["CZip", "JSONSchema"]),
  Room(
    name: "Baselines", dependencies: ["CLinear", "Torch", "Dataset", "Text", "Storage", system],
    hasFixtures: true, testSupport: ["JSONSchema"]),
  Room(name: "Metrics", dependencies: ["Dataset", "Storage", system], hasFixtures: true),
  Room(
    name: "Records", dependencies: ["Dataset", "Metrics", "Storage", system], testSupport: ["JSONSchema"]),
  Room(name: "Pages", dependencies: ["Dataset", "Images", mustache], hasTemplates: true),
  Room(
    name: "Reports",
    dependencies: ["Pages", "Records", "Metrics", "Dataset", "Images", "Storage", system, yams, protobuf],
    hasTemplates: true),
  Room(
    name: "Extraction", dependencies: ["Media", "Images", "Dataset", "CSandbox", "Storage", system],
    hasFixtures: true,
    testSupport: ["JSONSchema", "Mutations"]),
  Room(
    name: "Inspection",
    dependencies: ["Extraction", "Media", "Pages", "Images", "Dataset", "Text", "Storage", system],
    hasTemplates: true, testSupport: ["JSONSchema", "CZip"]),
  Room(name: "Synthesis", dependencies: ["Media", "Images", "Dataset", "Storage", system]),
  Room(name: "Terminal", dependencies: ["Storage", system]),
  Room(
    name: "Batching", dependencies: ["Models", "NN", "Torch", "Dataset", "Images", "Text", "Storage"],
    testSupport: ["RunFixtures", "JSONSchema"]),
  Room(
    name: "Pretrained",
    dependencies: ["Batching", "Models", "NN", "Torch", "Text", "Storage", system], hasFixtures: true,
    testSupport: ["RunFixtures", "ParityFixtures", "Images"]),
  Room(
    name: "Tasks", dependencies: ["Batching", "Models", "NN", "Torch", "Dataset", "Storage"],
    testSupport: ["RunFixtures", "Settings", "Training"]),
  Room(
    name: "Inference",
    dependencies: [
      "Baselines", "Batching", "Models", "NN", "Torch", "Records", "Dataset", "Metrics", "Text", "Storage",
      system,
    ], testSupport: ["RunFixtures", "Settings", "JSONSchema"]),
  Room(
    name: "Serving",
    dependencies: [
      "Inference", "Extraction", "Media", "Batching", "Pages", "Torch", "Records", "Dataset", "Storage",
      system,
    ], testSupport: ["RunFixtures", "ServingFixtures"]),
  Room(
    name: "Web", dependencies: ["Serving", "Pages", "Dataset", "Storage", hummingbird, system] + connections,
    hasTemplates: true,
    testSupport: [
      "RunFixtures", "ServingFixtures", "RawHTTP", "Mutations", "JSONSchema", "Extraction",
      .product(name: "NIOEmbedded", package: "swift-nio"),
    ]),
  Room(
    name: "Training",
    dependencies: [
      "Inference", "Tasks", "Batching", "Models", "NN", "Torch", "Records", "Dataset", "Metrics", "Storage",
      system,
    ], testSupport: ["RunFixtures", "Settings", "JSONSchema"]),
  Room(
    name: "Settings",
    dependencies: [
      "Training", "Inference", "Tasks", "Pretrained", "Batching", "Models", "Text", "Storage", system, yams,
    ], testSupport: ["RunFixtures", "JSONSchema"]),
  Room(
    name: "Runs",
    dependencies: [
      "Settings", "Training", "Inference", "Tasks", "Pretrained", "Baselines", "Batching", "Models",
      "NN", "Torch",
      "Records", "Dataset", "Metrics", "Text", "Storage", system, yams,
    ], testSupport: ["RunFixtures", "JSONSchema"]),
]

/// `FRAMEWISE_FUZZ=1` adds the target that is linked to libFuzzer (scripts/fuzz_readers.sh).
let fuzzers: [Target] =
  Context.environment["FRAMEWISE_FUZZ"] == nil
  ? []
  : [
    .executableTarget(
      name: "reader-fuzzer", dependencies: ["Text", "Torch", "Storage", system], path: "Tests/ReaderFuzzer",
      exclude: ["Corpus", "keywords.dict"], swiftSettings: swift)
  ]

let package = Package(
  name: "framewise",
  products: [
    .executable(name: "framewise", targets: ["framewise"]),
    .executable(name: "framewise-extract-worker", targets: ["framewise-extract-worker"]),
    .executable(name: "framewise-serve", targets: ["framewise-serve"]),
  ],
  traits: [
    .trait(
      name: "Videos",
      description: "framewise reads and writes videos: validate, extract, contact-sheet, serve, synth."),
    .default(enabledTraits: ["Videos"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
    .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0", traits: []),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
    .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
  ],
  targets: [
    .target(name: "CTorch", cxxSettings: torchHeaders, linkerSettings: torchLibraries),
    // Not linked: libsentencepiece exports an old protobuf of its own, which libtorch's libprotobuf would be
    // bound to, and crash, before `main`. It has to be loaded by itself (RTLD_LOCAL | RTLD_DEEPBIND).
    .target(name: "CSentencePiece"),
    .systemLibrary(
      name: "CFFmpeg", providers: [.apt(["libavformat-dev", "libavcodec-dev", "libswscale-dev"])]),
    .systemLibrary(name: "CTurboJPEG", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CArchive", providers: [.apt(["libarchive-dev"])]),
    .systemLibrary(name: "CLinear", providers: [.apt(["liblinear-dev"])]),
    // libjemalloc-dev
    .target(name: "CJemalloc", linkerSettings: [.linkedLibrary("jemalloc")]),
    .systemLibrary(name: "CSandbox", providers: [.apt(["libseccomp-dev"])]),
    // nlohmann::json is headers alone (nlohmann-json3-dev).
    .target(name: "CJSON"),
    .systemLibrary(name: "CToolchain"),
    .systemLibrary(name: "CZip", providers: [.apt(["libzip-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .executableTarget(
      name: "framewise",
      dependencies: [
        .videos("Extraction"), .videos("Inspection"), .videos("Media"), .videos("Synthesis"),
        .videos("Serving"),
        "Reports", "Runs", "Settings", "Training", "Inference", "Pretrained", "Baselines", "Batching",
        "Models", "Torch", "Records", "Metrics", "Dataset", "Text", "Terminal", "Storage",
        "CJemalloc", "CToolchain", system,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: swift),
    // Reads videos for `extract`, beside which it has to lie. Without libtorch, it starts at once.
    .executableTarget(
      name: "framewise-extract-worker", dependencies: ["Extraction", "CAllocations"], swiftSettings: swift),
    .target(name: "CAllocations"),
    // Answers over HTTP; `framewise serve` becomes it, so that no other command carries a server.
    .executableTarget(
      name: "framewise-serve", dependencies: ["Web", "Serving", "Terminal", "Storage", "CJemalloc"],
      swiftSettings: swift),
    .executableTarget(
      name: "training-benchmark",
      dependencies: [
        "Settings", "Training", "Inference", "Tasks", "Batching", "Models", "NN", "Torch", "Dataset",
        "Text", "Storage", "CJemalloc", system,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Benchmarks/Training", swiftSettings: swift),
    .executableTarget(
      name: "backbone-benchmark", dependencies: ["Models", "NN", "Torch", "Storage", "CJemalloc"],
      path: "Benchmarks/Backbones",
      swiftSettings: swift),
    .executableTarget(
      name: "extraction-benchmark", dependencies: ["Media", "Images", system], path: "Benchmarks/Extraction",
      swiftSettings: swift),
    .executableTarget(
      name: "hostile-worker", dependencies: ["Extraction", "Dataset", "CSandbox", system],
      path: "Tests/HostileWorker", swiftSettings: swift),
    .executableTarget(
      name: "extraction-probe", dependencies: ["Extraction", "Dataset", "Mutations", "Storage", system],
      path: "Tests/ExtractionProbe", swiftSettings: swift),
    .executableTarget(
      name: "text-probe", dependencies: ["Pretrained", "Text", "Torch", "Storage", system],
      path: "Tests/TextProbe", swiftSettings: swift),
    .target(name: "Mutations", dependencies: ["Storage"], path: "Tests/Mutations", swiftSettings: swift),
    .target(name: "JSONSchema", path: "Tests/JSONSchema", swiftSettings: swift),
    .target(name: "RawHTTP", path: "Tests/RawHTTP", swiftSettings: swift),
    .target(
      name: "ServingFixtures",
      dependencies: [
        "RunFixtures", "Serving", "Inference", "Extraction", "Media", "Dataset", "Records", "Torch",
        "Storage", system,
      ], path: "Tests/ServingFixtures", swiftSettings: swift),
    .target(
      name: "RunComparison", dependencies: ["JSONSchema"], path: "Tests/RunComparison", swiftSettings: swift),
    .target(
      name: "ParityFixtures", dependencies: ["Torch", "NN", "Storage", system], path: "Tests/ParityFixtures",
      swiftSettings: swift),
    .target(
      name: "RunFixtures",
      dependencies: [
        "Runs", "Settings", "Training", "Inference", "Tasks", "Batching", "Models", "NN", "Torch",
        "Records", "Dataset",
        "Images", "Text", "Storage", system, "RunComparison",
      ], path: "Tests/RunFixtures", swiftSettings: swift),
    .testTarget(
      name: "framewiseTests",
      dependencies: [
        "framewise", "Storage", system, "RunComparison", "RawHTTP",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: swift),
  ] + fuzzers + rooms.flatMap(\.targets),
  cxxLanguageStandard: .cxx17
)
