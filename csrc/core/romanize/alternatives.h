// Other romanizations of the spans of edges, as far as the rules name any.
#pragma once

#include <vector>

#include "core/romanize/romanization.h"

namespace polyvocab::romanize {

// Puts behind each edge of `edges` what else its span could be: new edges of the lattice, typed rom-alt, rom-alt2, rom-alt3.
void add_alternatives(Romanization& romanization, std::vector<EdgeId>& edges);

}  // namespace polyvocab::romanize
