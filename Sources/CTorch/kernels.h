// The kernels that oneDNN keeps.
#pragma once

namespace ctorch {

/// While one of these lives, no kernel that this thread uses goes. Whoever computes with libtorch makes one.
class Computing {
  public:
    Computing();
    ~Computing();
    Computing(const Computing &) = delete;
    Computing &operator=(const Computing &) = delete;
};

} // namespace ctorch
