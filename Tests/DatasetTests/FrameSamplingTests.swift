import Dataset
import Storage
import Testing

@Suite struct FrameSamplingTests {
  @Test("31 frames with room for 16 do not give the first 16")
  func notTheFirst() {
    let indices = FrameSampling.spread(count: 31, room: 16)
    #expect(indices.count == 16)
    #expect(indices != Array(0..<16))
    #expect(indices.first == 0 && indices.last.map { $0 >= 29 } == true)
  }

  @Test("Every number of frames in every room is covered from end to end")
  func covers() {
    for count in 0...70 {
      for room in 0...40 {
        let indices = FrameSampling.spread(count: count, room: room)
        #expect(indices.count == min(count, room))
        if count <= room {
          #expect(indices == Array(0..<count))
          continue
        }
        guard room > 0 else { continue }
        let gap = (count + room - 1) / room
        #expect(indices[0] < gap && indices[room - 1] >= count - gap)
        #expect(zip(indices, indices.dropFirst()).allSatisfy { $0 < $1 && $1 - $0 <= gap + 1 })
      }
    }
  }

  @Test("Jittered frames are one of each segment, in order, and every frame can be one")
  func jittered() {
    var generator = SeededGenerator(seed: 1)
    var seen: Set<Int> = []
    for _ in 0..<300 {
      let indices = FrameSampling.jittered(count: 31, room: 8, using: &generator)
      for (segment, index) in indices.enumerated() {
        #expect(segment * 31 / 8 <= index && index < (segment + 1) * 31 / 8)
      }
      seen.formUnion(indices)
    }
    #expect(seen == Set(0..<31))
    #expect(FrameSampling.jittered(count: 3, room: 8, using: &generator) == [0, 1, 2])
  }
}
