/** The exports of every build of onnxruntime-web; the execution provider decides the build. */
export type Ort = typeof import('onnxruntime-web');
