import Foundation
import Testing

/// Holds `docs/architecture.svg` against `Package.swift`.
@Suite("The picture of the rooms") struct ArchitecturePictureTests {
  private struct Box {
    let names: [String]
    let top: Int
    let bottom: Int
  }

  /// The boxes under "The rooms", each with the names that it holds.
  private func boxes() throws -> [Box] {
    let text = try String(contentsOfFile: Repository.path("docs/architecture.svg"), encoding: .utf8)
    let rooms = try #require(text.range(of: "The rooms")).upperBound
    let box =
      #/<rect class="\w+" x="\d+" y="(?<y>\d+)" width="\d+" height="(?<height>\d+)"[^>]*>\s*<text class="name"[^>]*>(?<name>[^<]+)</#
    return text[rooms...].matches(of: box).compactMap { match in
      guard let top = Int(match.y), let height = Int(match.height) else { return nil }
      return Box(names: match.name.components(separatedBy: " · "), top: top, bottom: top + height)
    }
  }

  /// Of each room and of the command line, what it imports of this package.
  private func rooms() throws -> [String: [String]] {
    let text = try String(contentsOfFile: Repository.path("Package.swift"), encoding: .utf8)
    let room =
      #/(?:Room\(|executableTarget\()\s*name: "(?<name>[A-Z]\w+|framewise)",\s*dependencies: \[(?<dependencies>[^\]]*)\]/#
    return Dictionary(
      uniqueKeysWithValues: text.matches(of: room).map { match in
        (String(match.name), match.dependencies.matches(of: #/"([A-Z]\w+)"/#).map { String($0.1) })
      })
  }

  @Test("It has every room and every C library, and a room imports only what lies below it")
  func isTrue() throws {
    let boxes = try boxes()
    let places = Dictionary(boxes.flatMap { box in box.names.map { ($0, box) } }) { first, _ in first }
    let rooms = try rooms()
    #expect(rooms.count > 15 && rooms["framewise"] != nil)
    for (room, dependencies) in rooms {
      guard let place = places[room] else {
        Issue.record("\(room) is not in the picture")
        continue
      }
      for dependency in dependencies where dependency != "ArgumentParser" {
        guard let below = places[dependency] else {
          Issue.record("\(dependency), which \(room) imports, is not in the picture")
          continue
        }
        #expect(below.top >= place.bottom, "\(room) imports \(dependency), which does not lie below it")
      }
    }
    let known = Set(rooms.keys).union(rooms.values.joined())
    for name in places.keys where name != "CAllocations" {
      #expect(known.contains(name), "\(name) is in the picture alone")
    }
  }
}
