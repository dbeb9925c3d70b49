# The service in a small image: production dependencies only, no root, no shell needed to run. Node comes
# from the base image; the copy of Node that npm can install is a development dependency and stays out.
#
# The service knows no keys yet and therefore listens on loopback only: run it where the caller and the
# endpoint share its network, as a side container of the endpoint's pod or with `--network host`.

ARG NODE_IMAGE=node:24.21.0-slim

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts --no-progress \
  && rm -rf /root/.npm

FROM ${NODE_IMAGE}
ENV NODE_ENV=production \
  NODE_COMPILE_CACHE=/tmp/node-compile-cache \
  PLIMSOLL_DATA_DIR=/data
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY policies ./policies
COPY src ./src
# `plimsoll` is the command for pipelines; the image itself starts the service.
# 1000:1000 is the base image's own unprivileged user; the files above stay root's and read-only to it.
RUN mkdir /data && chown 1000:1000 /data && ln -s /app/src/cli/plimsoll.ts /usr/local/bin/plimsoll
USER 1000:1000
VOLUME /data
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PLIMSOLL_PORT || 8080}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# SIGTERM stops the load first, then the service.
STOPSIGNAL SIGTERM
CMD ["node", "src/main.ts"]
