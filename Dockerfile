# Calendar Watch without PostgreSQL, for a platform that has one: docs/operations.md, “In a container”.
# No secret is needed to build it, and none is in it: they come by environment or as files (<NAME>_FILE) when it starts.
# Code of others does not run while it is made (--ignore-scripts); what is for development stays in the first stage.

FROM node:22-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/build.mjs scripts/
COPY src src
RUN node scripts/build.mjs

# Without what is optional: PostgreSQL's binaries among it, with an OpenSSL that gets no fixes any more.
FROM node:22-slim AS libraries
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:22-slim
ENV NODE_ENV=production DATA_DIR=/data PORT=3978
WORKDIR /app
RUN mkdir /data && chown 1000:1000 /data
COPY --from=libraries /app/node_modules node_modules
# What draws pictures of charts is optional to npm, which has it for many platforms; here it is wanted.
COPY --from=build /app/node_modules/@napi-rs node_modules/@napi-rs
COPY --from=build /app/dist dist
COPY package.json LICENSE container/health-check.mjs ./
# "node" of the image, by its number: Kubernetes' runAsNonRoot believes no name. Everything but /data is root's.
USER 1000:1000
VOLUME /data
EXPOSE 3978
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["node", "/app/health-check.mjs"]
CMD ["node", "dist/src/index.js"]
