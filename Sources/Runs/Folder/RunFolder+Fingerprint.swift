import Records
import Settings
import Storage

extension RunFolder {
  /// Tells the run from others: by its settings and folds, which stay the same however many folds are finished.
  var settingsFingerprint: String {
    get throws {
      var configuration = try RunConfiguration(reading: self.configuration)
      // May change while the run stays the same.
      configuration.calibration = Preset.tiny.configuration.calibration
      var checksum = Checksum()
      checksum.add(Array(try configuration.yaml.utf8))
      checksum.add(try Files.read(folds))
      return checksum.text
    }
  }
}
