# leastwise for jobs that run where no hosted runner can reach: docs/pipelines.md.
#
#   docker build --tag leastwise .
#   docker run --rm leastwise leastwise scan --demo --fail-on none
#
# A platform's own image adds its configuration, and says which commit it is from:
#
#   FROM leastwise
#   COPY --chown=node leastwise.yaml waivers.yaml ./
FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm pack --pack-destination /

FROM node:24-slim
RUN mkdir /opt/leastwise && echo '{ "private": true, "type": "module" }' > /opt/leastwise/package.json
RUN --mount=type=bind,from=build,source=/,target=/build \
  npm install --prefix /opt/leastwise --no-audit --no-fund /build/leastwise-*.tgz && npm cache clean --force
COPY docs/examples/night.ts docs/examples/upload-sarif.ts /opt/leastwise/
ENV PATH=/opt/leastwise/node_modules/.bin:$PATH
USER node
WORKDIR /home/node
CMD ["leastwise", "--help"]
