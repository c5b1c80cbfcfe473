#!/usr/bin/env bash
# Has schemathesis ask a server what it makes of its description, and finds what does not fit it.
#   pip install schemathesis
#   scripts/check_openapi.sh ADDRESS MODEL [OPTION…]    such as http://127.0.0.1:8080 first; options are schemathesis's
# Of two operations one check each is left out. A form holds texts alone: whatever schemathesis puts in the place of one is a text
# again, and taken. And tensors that fit the schema need not fit together (a shape of another size than its data), which
# the server refuses and a schema cannot say.
set -euo pipefail

address=${1:?"an address is missing, such as http://127.0.0.1:8080"}
model=${2:?"what the server calls its model is missing"}
shift 2
settings=$(mktemp --suffix .toml)
trap 'rm -f "$settings"' EXIT
printf '[parameters]\nname = "%s"\n' "$model" > "$settings"

check() {
  schemathesis --config-file "$settings" run "$address/openapi.json" --url "$address" --checks all --max-examples 60 \
    --workers 2 "$@"
}
check --include-path /v1/classify --exclude-checks negative_data_rejection "$@"
check --include-path '/v2/models/{name}/infer' --exclude-checks positive_data_acceptance "$@"
check --exclude-path /v1/classify --exclude-path '/v2/models/{name}/infer' "$@"
