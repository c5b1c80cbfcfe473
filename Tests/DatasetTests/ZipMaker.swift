import CZip
import SystemPackage
import Testing

/// Writes a zip file with these members in this order.
///
/// - Parameter method: how members are packed; by default as libzip thinks best.
func writeZip(
  _ path: FilePath, _ members: [(name: String, content: [UInt8])], method: Int32 = ZIP_CM_DEFAULT
) throws {
  var code: Int32 = 0
  let zip = try #require(zip_open(path.string, ZIP_CREATE | ZIP_TRUNCATE, &code))
  var buffers: [UnsafeMutableRawBufferPointer] = []
  defer { for buffer in buffers { buffer.deallocate() } }
  for (name, content) in members {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: content.count, alignment: 1)
    buffer.copyBytes(from: content)
    buffers.append(buffer)
    let source = try #require(zip_source_buffer(zip, buffer.baseAddress, UInt64(content.count), 0))
    let index = zip_file_add(zip, name, source, zip_flags_t(ZIP_FL_ENC_UTF_8))
    try #require(index >= 0 && zip_set_file_compression(zip, UInt64(index), method, 0) == 0)
  }
  try #require(zip_close(zip) == 0)
}

/// An npy file as `numpy.save` writes it, of version 1, its header padded to 128 bytes.
func npy(type: String = "<f2", order: String = "False", shape: String, body: [UInt8]) -> [UInt8] {
  let literal = "{'descr': '\(type)', 'fortran_order': \(order), 'shape': \(shape), }"
  return npy(header: literal + String(repeating: " ", count: 117 - literal.count) + "\n", body: body)
}

func npy(version: UInt8 = 1, header: String, body: [UInt8] = []) -> [UInt8] {
  let length = UInt32(header.utf8.count)
  let lengthBytes = (0..<(version == 1 ? 2 : 4)).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) }
  return [0x93] + Array("NUMPY".utf8) + [version, 0] + lengthBytes + Array(header.utf8) + body
}

func halves(_ values: [Float16]) -> [UInt8] {
  values.flatMap { [UInt8(truncatingIfNeeded: $0.bitPattern), UInt8($0.bitPattern >> 8)] }
}

func singles(_ values: [Float]) -> [UInt8] {
  values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> ($0 * 8)) } }
}
