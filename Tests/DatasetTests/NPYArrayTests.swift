import Testing

@testable import Dataset

@Suite struct NPYArrayTests {
  @Test("Both float types and both orders give the rows")
  func values() throws {
    let half = try NPYArray(npy(shape: "(2, 3)", body: halves([1, 2, 3, -4, 0.5, 65504])))
    #expect(half.rows == 2 && half.columns == 3 && half.values == [1, 2, 3, -4, 0.5, 65504])
    let single = try NPYArray(npy(type: "<f4", shape: "(1, 2)", body: singles([0.1, -3e38])))
    #expect(single.values == [0.1, -3e38])
    let columns = try NPYArray(
      npy(order: "True", shape: "(2, 3)", body: halves([1, -4, 2, 0.5, 3, 65504])))
    #expect(columns == half)
  }

  @Test("Versions 2 and 3, other orders of the keys and other quotes are the same array")
  func versions() throws {
    let header = "{\"shape\":(1,2),'fortran_order':False,'descr':'<f2'}\n"
    for version: UInt8 in [1, 2, 3] {
      let array = try NPYArray(npy(version: version, header: header, body: halves([7, 8])))
      #expect(array.values == [7, 8])
    }
  }

  @Test("No frames are an array of no rows")
  func empty() throws { #expect(try NPYArray(npy(shape: "(0, 768)", body: [])).rows == 0) }

  @Test(
    "A shape that its bytes do not hold is refused before anything is made of it",
    arguments: [
      "(2, 2)", "(1, 4)", "(9999999999, 9999999999)", "(4611686018427387904, 2)", "(99999999999999999999, 1)",
      "(3, 0)", "(3,)", "()", "(1, 3, 1)", "(-1, 3)", "(1.5, 2)", "3", "(1 3)", "(1, 3",
    ])
  func shapes(shape: String) {
    #expect(throws: NPYArray.Malformed.self) { try NPYArray(npy(shape: shape, body: halves([1, 2, 3]))) }
  }

  @Test("Other types of number are refused by name", arguments: ["<f8", ">f2", "|O", "<i4", "|u1"])
  func types(type: String) {
    let error = #expect(throws: NPYArray.Malformed.self) {
      try NPYArray(npy(type: type, shape: "(1, 1)", body: [0, 0, 0, 0, 0, 0, 0, 0]))
    }
    #expect(error?.reason.contains(type) == true)
  }

  @Test(
    "A header that is anything but the literal is refused",
    arguments: [
      "", "{", "{}", "None", "{'descr': '<f2'}",
      "{'descr': '<f2', 'fortran_order': False, 'shape': (1, 1)} + x",
      "{'descr': '<f2', 'descr': '<f2', 'fortran_order': False, 'shape': (1, 1)}",
      "{'descr': '<f2', 'fortran_order': 0, 'shape': (1, 1)}",
      "{'descr': ('<f2',), 'fortran_order': False, 'shape': (1, 1)}",
      "{'descr': '<f2', 'fortran_order': False, 'shape': (__import__('os').abort(), 1)}",
      "{'descr': '<f2' 'fortran_order': False, 'shape': (1, 1)}", "{'descr", "{'descr': '<f2",
    ])
  func headers(header: String) {
    #expect(throws: NPYArray.Malformed.self) { try NPYArray(npy(header: header, body: halves([1]))) }
  }

  @Test("Every cut of a file is refused, and so is what follows its end")
  func cuts() throws {
    let whole = npy(shape: "(1, 3)", body: halves([1, 2, 3]))
    for length in 0..<whole.count {
      #expect(throws: NPYArray.Malformed.self) { try NPYArray(Array(whole[..<length])) }
    }
    #expect(throws: NPYArray.Malformed.self) { try NPYArray(whole + [0]) }
  }

  @Test("Numbers that are not finite are refused, since one would spoil a whole batch")
  func notFinite() {
    for value: Float16 in [.nan, .infinity, -.infinity] {
      #expect(throws: NPYArray.Malformed(reason: "holds numbers that are not finite")) {
        try NPYArray(npy(shape: "(1, 2)", body: halves([0, value])))
      }
    }
  }
}
