/// How a program was started, for those who want to do the same again.
package struct Invocation: Sendable {
  /// With its version, and those of what it computes with.
  package let program: String
  /// As a shell takes it.
  package let command: String

  package init(program: String, command: String) {
    self.program = program
    self.command = command
  }
}
