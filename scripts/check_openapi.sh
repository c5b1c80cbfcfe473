#!/usr/bin/env bash
# Has schemathesis ask a server what it makes of its description, and finds what does not fit it.
#   pip install schemathesis
#   scripts/check_openapi.sh ADDRESS [OPTION…]    such as http://127.0.0.1:8080; options are schemathesis's
# Two checks are left out. A form or tensors that fit the schema may still not fit together (fields of a second video without a
# first, a shape of another size than its data), which the server refuses and a schema cannot say. And CONNECT, TRACE and the
# like are never sent to a path by an ordinary client.
set -euo pipefail

address=${1:?"an address is missing, such as http://127.0.0.1:8080"}
shift
exec schemathesis run "$address/openapi.json" --url "$address" --checks all \
  --exclude-checks positive_data_acceptance,unsupported_method --max-examples 60 --workers 2 "$@"
