#!/bin/sh
# Any CI that runs a shell: the suite on a copy of production's data, and then tests of one's own against another copy.
#
# usage: PIPELINE_ID=… UNDERSTUDY_URL=… SUITE_IMAGE=… pipeline.sh SUITE-COMMAND TEST-COMMAND
#
# The exit code is the first that is not 0: 1 when a suite or a test failed, and above 1 what `understudy run` says.
set -eu
suite=$1
tests=$2
source=${SOURCE:-guestbook}
work=$(mktemp -d)

# Nothing has to be released: a lease ends whatever is forgotten. Sooner is friendlier.
finish() {
    status=$?
    if [ -f "$work/copy.env" ]; then
        . "$work/copy.env"
        understudy release "$UNDERSTUDY_RUN" || true
    fi
    rm -rf "$work"
    exit "$status"
}
trap finish EXIT

# The pipeline's id is the key: a job that is started again finds its own run.
understudy run --wait --source "$source" --key "suite-$PIPELINE_ID" \
    --suite-image "$SUITE_IMAGE" --command "$suite" --timeout 30m

understudy run --wait --service --source "$source" --key "service-$PIPELINE_ID" --lease 1h --env-file "$work/copy.env"
set -a
. "$work/copy.env"
set +a
sh -c "$tests"
