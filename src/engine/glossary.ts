/**
 * One sentence for every term of the interface: the page shows it where the term is hovered or focused, the shell below the
 * table that has it. The only place that explains words.
 */
export const glossary = {
  'Execution provider':
    'The part of ONNX Runtime that computes a node: WASM on the processor, WebGPU on the graphics card, WebNN through the operating system.',
  WASM: 'Runs on the processor as WebAssembly; every operator works here, so its original output is the reference.',
  WebGPU: 'Runs on the graphics card through the WebGPU interface of the browser.',
  'WebNN CPU': 'Runs on the processor through the machine learning interface of the operating system.',
  'WebNN GPU': 'Runs on the graphics card through the machine learning interface of the operating system.',
  'WebNN NPU':
    'Runs on the neural processor of the device through the machine learning interface of the operating system.',
  Variant: 'The model that a recipe made from the original.',
  Original: 'The model as it was opened, without any change.',
  Recipe: 'Passes in the order in which they are applied; the same recipe on the same model gives the same bytes.',
  Pass: 'One change to a model, with its options.',
  Cell: 'One variant measured on one execution provider.',
  Refusal: 'A node that a pass left as it was, with the reason.',
  SQNR: 'Signal to quantization noise ratio: how far the error of the outputs is below the outputs themselves; 20 dB more is ten times less error.',
  'Output match':
    'How near the outputs are to those of the original on WASM for the same inputs. It is not accuracy, which needs labelled data.',
  'Recorded outputs':
    'How near the outputs are to those that the data brings along: what the author of the model got for these samples.',
  'Top-1': 'The share of samples whose highest score is that of the right class.',
  'Top-5': 'The share of samples whose right class is among the five highest scores.',
  'Confusion matrix': 'How often each class was taken for which: what is right stands on the diagonal.',
  Recall: 'Of the samples of a class, the share that was found.',
  Precision: 'Of what was taken for a class, the share that was right.',
  Cosine: 'The cosine of the angle between two outputs: 1 is the same direction, whatever the size.',
  'KL divergence':
    'How far one distribution over classes is from another, in nats; 0 is the same, and a thousandth is hardly ever seen.',
  dB: 'Decibels, of an error beside what it is an error of: −20 dB is a tenth of it, −40 dB a hundredth.',
  GPTQ: 'Rounds weights in turn, each making up for the error of those before, so that outputs on samples stay near.',
  'Nothing surely beats it':
    'No other is as small, near to the original and fast, and surely better in one of these: intervals decide, not values.',
  Agreement: 'The share of samples for which the variant gives the same class as the original, right or wrong.',
  'Output kind':
    'Output kind is what an output holds: class scores, an embedding, numbers, a map, a sequence or texts. Outputs are compared in the unit of their kind.',
  'Cosine lost':
    'Cosine lost is the mean over samples of 1 − cosine between the embedding of the variant and that of the original; 0 is the same direction.',
  'Same neighbor':
    'Same neighbor is the share of samples whose nearest other sample is the same with the embeddings of the variant as with those of the original.',
  Overlap:
    'Overlap is the intersection over union of what two masks have above one half, the mean over samples; 100 % is the same.',
  'Same step':
    'Same step is the share of steps of all sequences whose most likely class is the same as that of the original.',
  Calibration: 'Running the original on samples to find the ranges of its values; such samples never evaluate.',
  Accuracy: 'How often the answers are right, on labelled data; without such data it is unknown.',
  'Synthetic input': 'Made-up numbers in the shape that the model expects, always the same for the same seed.',
  Median: 'Half of the samples were faster, half slower; a few slow ones do not move it.',
  p95: '95 of 100 samples were faster than this.',
  p99: '99 of 100 samples were faster than this.',
  Interval: 'Where the true value lies with 95 % confidence, from resampling what was measured.',
  'Noise floor':
    'The largest difference that the same model shows against itself; nothing below it can be called faster or slower.',
  Load: 'Time to create the session: reading the model, choosing kernels, preparing weights.',
  'First run': 'The first time the model runs, when shaders are compiled and memory is reserved.',
  'Steady state': 'The time of a run after warm-up: what a person waits for from then on.',
  'Warm-up': 'Runs before the clock counts, until the times settle.',
  Sample: 'One timed measurement: a run, or several in a row when one is shorter than the timer can tell.',
  Pairs: 'Original and variant timed in turns, so that whatever disturbs one disturbs the other.',
  Placement: 'Which execution provider computed how many nodes.',
  Threads: 'How many processor threads WASM may use; more than one needs a page that is isolated from other sites.',
  'Free dimension': 'A size that the model leaves open, such as the batch or the length of a text.',
  Seed: 'The number that the made-up inputs start from: the same seed gives the same inputs.',
  Budget: 'How long each cell is measured: longer gives narrower intervals.',
  'Dynamic batching': 'Requests that come close together run as one batch, which many devices compute faster.',
  Arrivals: 'When requests come: independently of each other, from clients that wait for their answers, or in bursts.',
  Utilisation: 'The share of the time in which the model runs.',
  Gzip: 'The size as most servers send the file.',
  Parameters: 'The numbers that the model has learned: its weights, without sizes, axes, indices and masks.',
  MACs: 'Multiply-accumulate operations of one run: the arithmetic the model costs.',
  FLOPs: 'Floating-point operations of one run: two for each multiply-add, one for each element of other arithmetic.',
  'Bytes moved':
    'What all nodes of one run read and write, weights among it: the least traffic of a run without fusion.',
  'Peak activations':
    'A static estimate of the most memory that values between nodes take at once, weights not counted.',
  Opset: 'The version of the operator definitions that the model uses.',
} as const;

export type GlossaryTerm = keyof typeof glossary;
