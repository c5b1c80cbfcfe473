/// Who else keeps the events of a fold in a file of its own, beside `events.jsonl`, which is what counts: a mirror that
/// cannot write ends nothing.
package protocol EventMirror {
  /// A fold begins or goes on: what the mirror has becomes what `events` tells.
  func goOn(with events: EventFile) throws

  func add(_ event: FitEvent)

  /// Writes what waits to be written; nobody waits for the disk.
  func flush()
}
