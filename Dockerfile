# One image for the server and both kinds of worker; docker-compose.yml says which one a container is.
FROM node:20-bookworm-slim

# git builds the candidates; bubblewrap is the sandbox of the test worker; the certificates are for GitHub.
RUN apt-get update \
 && apt-get install -y --no-install-recommends bubblewrap ca-certificates git \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && npm cache clean --force
COPY src src
COPY workflows workflows
COPY activities activities
COPY server server
COPY docker/worker-health.mjs docker/worker-health.mjs

# New volumes take over the owner of the folder they are mounted on.
RUN mkdir -p /data/mirrors /data/workspaces /data/logs && chown -R node:node /data
USER node
ENV NODE_ENV=production \
    LOCKSTEP_DATA_DIR=/data

# The TypeScript runs as it is. Not through npm: signals must reach the process itself.
ENTRYPOINT ["node", "--import", "tsx"]
CMD ["server/start.ts"]
