#!/bin/sh
# Makes Lockstep's namespace and search attributes where they are missing.
set -eu

temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 720h

have=$(temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE")
for attribute in LockstepRepository=KeywordList LockstepPullRequest=Int LockstepChangeset=Keyword LockstepStatus=Keyword; do
  name=${attribute%%=*}
  case $have in
    *"$name"*) ;;
    *) temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --name "$name" --type "${attribute#*=}" ;;
  esac
done
