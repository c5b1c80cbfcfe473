import RunFixtures
import Testing

@Suite("One test at a time", .serialized, .alone) enum Serial {}
