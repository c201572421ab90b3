# Sourced by hapi-up, hapi-down and fhir-validate; not run by itself.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${HAPI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hapi-r4}

die() {
  echo "${0##*/}: $*" >&2
  exit 1
}

java_command() {
  if [ -n "${JAVA_HOME:-}" ] && [ -x "$JAVA_HOME/bin/java" ]; then
    echo "$JAVA_HOME/bin/java"
  else
    command -v java || die "no java found: Java 17 or newer is needed"
  fi
}

# A build belongs to the sources that it was made from.
source_id() {
  (cd "$here" && find pom.xml validator server \( -name pom.xml -o -name '*.java' \) -type f |
    LC_ALL=C sort | xargs cat | sha256sum | cut -c1-16)
}

# True when a module was built and every jar on its class path is still there.
is_built() {
  local dir=$1 jar
  [ -f "$dir/ok" ] || return 1
  local IFS=:
  for jar in $(cat "$dir/classpath"); do
    [ -e "$jar" ] || return 1
  done
}

# build MODULE: prints the class path of validator or server, building it once.
build() {
  local module=$1 base dir
  base=$cache/$(source_id)/$module
  dir=$base/localfhir-$module
  if ! is_built "$dir"; then
    command -v mvn >/dev/null || die "no mvn found: Maven is needed to build once"
    mkdir -p "$base"
    (
      flock 9
      if ! is_built "$dir"; then
        echo "${0##*/}: building the $module once into $base (log: $base/build.log)" >&2
        if ! (cd "$here" && mvn -B -ntp ${HAPI_MAVEN_ARGS:-} -pl "$module" -am \
          "-Dbuild.base=$base" -Dmaven.test.skip=true package) \
          >"$base/build.log" 2>&1 </dev/null; then
          grep -a ERROR "$base/build.log" | head -20 >&2
          die "the build failed, see $base/build.log"
        fi
        touch "$dir/ok"
      fi
    ) 9>"$base/lock" || exit 1
  fi
  echo "$dir/localfhir-$module-1.0.0.jar:$(cat "$dir/classpath")"
}

# A quick start matters more here than the last bit of throughput.
jvm_options() {
  echo "${HAPI_JAVA_OPTS:--Xmx1g -XX:+UseSerialGC -XX:TieredStopAtLevel=1}" \
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=${HAPI_LOG:-warn}" \
    "-Dorg.slf4j.simpleLogger.showDateTime=true" \
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS"
}

# True when PID is a live server that was started for RUN_DIR.
is_ours() {
  local pid=$1 run=$2 line
  [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null || return 1
  if [ -r "/proc/$pid/cmdline" ]; then
    line=$(tr '\0' ' ' <"/proc/$pid/cmdline")
  else
    line=$(ps -p "$pid" -o command= 2>/dev/null)
  fi
  case $line in
    *localfhir.ServerMain*"$run/ready.json"*) return 0 ;;
  esac
  return 1
}
