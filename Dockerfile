# docker build -t pareto . && docker run --rm --read-only --cap-drop ALL -p 4173:4173 pareto
FROM node:24-alpine AS build
WORKDIR /pareto
COPY . .
RUN npm ci --ignore-scripts && npm run build

FROM node:24-alpine
WORKDIR /pareto
COPY --from=build /pareto/dist dist
COPY scripts/serve.mjs scripts/
COPY src/runtime/node/static-server.mjs src/runtime/node/response-headers.mjs src/runtime/node/compressed-files.mjs src/runtime/node/
USER node
ENV HOST=0.0.0.0 PORT=4173
EXPOSE 4173
CMD ["node", "scripts/serve.mjs", "--strict-port"]
