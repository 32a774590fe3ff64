/** What every build of onnxruntime-web exports; which build it is depends on the execution provider. */
export type Ort = typeof import('onnxruntime-web');
