import ArgumentParser

@main
struct Framewise: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "framewise", abstract: "Sorts short videos by what is shown and said in them.")
}
