#!/bin/sh
# Answers git's questions from the environment of the one git process that asks: no token in argv, URL or config.
case "$1" in
  Username*) printf '%s\n' x-access-token ;;
  *) printf '%s\n' "$LOCKSTEP_GIT_TOKEN" ;;
esac
