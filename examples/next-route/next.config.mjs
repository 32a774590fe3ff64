/** @type {import('next').NextConfig} */
export default {
  // The package starts threads by their place, so Node loads it as it is.
  serverExternalPackages: ['pareto-onnx'],
};
