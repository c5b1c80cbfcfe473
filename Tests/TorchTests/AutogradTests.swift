import Testing
import Torch

@Suite struct AutogradTests {
  /// Functions to a scalar whose gradients must equal finite differences, computed in float64.
  enum Function: CaseIterable {
    case polynomial, gelu, softmax, layerNorm, attention, gatherAndAdd, logSoftmax

    func callAsFunction(_ x: Tensor) -> Tensor {
      let probe = Tensor((0..<6).map { Double($0 * $0) / 7 - 1 }, shape: [2, 3])
      switch self {
      case .polynomial: return (x.power(3) - x * x / 2 + 1).mean()
      case .gelu: return (x.gelu() * probe).sum()
      case .softmax: return (x.softmax(along: 1) * probe).sum()
      case .layerNorm:
        return (x.layerNorm(weight: probe.selected(0, 0), bias: probe.selected(0, 1), epsilon: 1e-5) * probe)
          .sum()
      case .attention:
        return (Tensor.attention(query: x, key: x * 2, value: x * x) * probe).sum()
      case .gatherAndAdd:
        let indices = Tensor([1, 1, 0] as [Int64])
        return (x.addingRows(x.gathered(indices), at: Tensor([0, 1, 0] as [Int64])) * probe).power(2).sum()
      case .logSoftmax:
        return x.crossEntropies(Tensor([2, 0] as [Int64]), labelSmoothing: 0.1).mean()
      }
    }
  }

  @Test("gradients equal central differences to 1e-6", arguments: Function.allCases)
  func differences(function: Function) throws {
    let values = [0.3, -1.2, 2.1, 0.9, -0.4, 1.7]
    let x = Tensor(values, shape: [2, 3])
    x.requiresGradient = true
    function(x).backward()
    let gradient = try #require(x.gradient).values(Double.self)
    for index in values.indices {
      func value(_ step: Double) -> Double {
        var moved = values
        moved[index] += step
        return function(Tensor(moved, shape: [2, 3])).item
      }
      #expect(abs((value(1e-5) - value(-1e-5)) / 2e-5 - gradient[index]) <= 1e-6)
    }
  }

  @Test("backward accumulates, and a gradient set to nil begins anew")
  func accumulation() {
    let x = Tensor([2.0])
    #expect(x.gradient == nil)
    x.requiresGradient = true
    for _ in 0..<2 { (x * x).sum().backward() }
    #expect(x.gradient?.item == 8)
    x.gradient = nil
    (x * x).sum().backward()
    #expect(x.gradient?.item == 4)
  }

  @Test("a seed weights what flows back")
  func seed() {
    let x = Tensor([1, 2] as [Float])
    x.requiresGradient = true
    (x * 3).backward(seed: Tensor([1, 10] as [Float]))
    #expect(x.gradient?.values() == [3, 30] as [Float])
  }

  @Test("gradients of inputs are returned, accumulated nowhere, and nil for one that has no part")
  func gradientsOfInputs() {
    let x = Tensor([3.0])
    let y = Tensor([5.0])
    let unused = Tensor([1.0])
    for tensor in [x, y, unused] { tensor.requiresGradient = true }
    let product = (x * y).sum()
    let first = product.gradients(of: [x, unused], keepingGraph: true)
    #expect(first[0]?.item == 5 && first[1] == nil)
    #expect(product.gradients(of: [y])[0]?.item == 3)
    #expect(x.gradient == nil && y.gradient == nil)
  }

  @Test("without gradients no graph is recorded, and afterwards it is again, also after an error")
  func withoutGraph() {
    struct Stop: Error {}
    let x = Tensor([1.0])
    x.requiresGradient = true
    #expect(!withoutGradients { x * 2 }.requiresGradient)
    #expect(throws: Stop.self) { try withoutGradients { throw Stop() } }
    #expect((x * 2).requiresGradient)
    withoutGradients {
      withoutGradients {}
      #expect(!(x * 2).requiresGradient)
    }
  }

  @Test("a detached tensor passes nothing back")
  func detached() {
    let x = Tensor([3.0])
    x.requiresGradient = true
    (x * x.detached()).sum().backward()
    #expect(x.gradient?.item == 3)
  }

  @Test("backward from a tensor that is not a scalar, without a seed, traps with libtorch's reason")
  func notAScalar() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let x = Tensor([1.0, 2.0])
      x.requiresGradient = true
      (x * 2).backward()
    }
    let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(message.contains("backward: grad can be implicitly created only for scalar outputs"))
  }
}
