# Centrifugo with the least that a row of the features needs: KIND PORT [EXTRA]
set -u
kind=$1 port=$2 extra=${3-}

# Anonymous clients may come, subscribe and publish: only one row is about tokens.
export CENTRIFUGO_HTTP_SERVER_ADDRESS=127.0.0.1 CENTRIFUGO_HTTP_SERVER_PORT="$port"
export CENTRIFUGO_USAGE_STATS_DISABLED=true CENTRIFUGO_LOG_LEVEL=error
export CENTRIFUGO_CHANNEL_WITHOUT_NAMESPACE_ALLOW_SUBSCRIBE_FOR_ANONYMOUS=true
export CENTRIFUGO_CHANNEL_WITHOUT_NAMESPACE_ALLOW_SUBSCRIBE_FOR_CLIENT=true
export CENTRIFUGO_CHANNEL_WITHOUT_NAMESPACE_ALLOW_PUBLISH_FOR_ANONYMOUS=true
export CENTRIFUGO_CHANNEL_WITHOUT_NAMESPACE_ALLOW_PUBLISH_FOR_SUBSCRIBER=true
export CENTRIFUGO_CLIENT_ALLOW_ANONYMOUS_CONNECT_WITHOUT_TOKEN=true

case $kind in
  compress) export CENTRIFUGO_WEBSOCKET_COMPRESSION=true ;;
  flood) export CENTRIFUGO_HTTP_API_KEY="$extra" ;;
  wait)
    export CENTRIFUGO_RPC_PROXY_ENDPOINT="http://127.0.0.1:$extra/"
    export CENTRIFUGO_RPC_WITHOUT_NAMESPACE_PROXY_ENABLED=true
    ;;
  recovery)
    export CENTRIFUGO_CHANNEL_WITHOUT_NAMESPACE_HISTORY_SIZE=100
    export CENTRIFUGO_CHANNEL_WITHOUT_NAMESPACE_HISTORY_TTL=300s
    export CENTRIFUGO_CHANNEL_WITHOUT_NAMESPACE_FORCE_RECOVERY=true
    ;;
  auth)
    export CENTRIFUGO_CLIENT_ALLOW_ANONYMOUS_CONNECT_WITHOUT_TOKEN=false
    export CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY="$extra"
    ;;
  fallback) export CENTRIFUGO_SSE_ENABLED=true ;;
  cluster)
    export CENTRIFUGO_ENGINE_TYPE=redis
    export CENTRIFUGO_ENGINE_REDIS_ADDRESS="redis://127.0.0.1:$extra"
    ;;
esac

# It takes no port 0, so its port was chosen before; who connects tries until it listens.
echo "Listening on http://127.0.0.1:$port/"
exec centrifugo
