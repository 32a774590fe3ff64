/**
 * Defines every term: a definition, then at most one sentence of consequence. The page shows an entry when its term is hovered or focused,
 * the command line below the table that uses it. The README and the guide link to the entries. No other place explains terms.
 */
export const glossary = {
  Tensor: 'A tensor is an array of numbers with a shape, such as 1 × 3 × 224 × 224 for one color picture.',
  Weight: 'A weight is a number that the model learned in training. Most bytes of a model file are weights.',
  Activation:
    'An activation is a value that a node computes from an input. Unlike a weight, it differs from input to input.',
  Layer: 'A layer is a node with weights, such as a convolution or a matrix product, and the nodes that belong to it.',
  Channel:
    'A channel is one slice of a tensor along its feature axis. A convolution computes each output channel with its own filter.',
  Block:
    'A block is a group of nodes that repeats in the model, such as a residual block. In quantization, it is a run of weights with one scale.',
  Quantization:
    'Quantization is storing or computing numbers with fewer bits, such as 8 instead of 32. The model gets smaller, often faster, and less exact.',
  Pruning: 'Pruning is removing parts of a model: channels, blocks, or single weights by setting them to zero.',
  'Fine-tuning':
    'Fine-tuning is training an optimized model for a short time to recover accuracy. It needs samples for training.',
  'Held-out samples':
    'Held-out samples are samples that no pass and no choice has used. Only their accuracy predicts that of new data.',
  Sensitivity:
    'Sensitivity is the output error that changing one layer alone causes. Sensitive layers should keep more bits or channels.',
  Mapping: 'A mapping is the rule that turns a sample into the inputs of the model: size, layout, scale and labels.',
  Bundle: 'A bundle is a zip with a variant, its measurements, and all files to deploy it.',
  'Execution provider':
    'An execution provider is the part of ONNX Runtime that computes nodes: WASM on the CPU, WebGPU on the GPU, WebNN through the operating system.',
  WASM: 'WASM is the execution provider that runs on the CPU as WebAssembly. It supports every operator, so its output of the original is the reference.',
  'Compiled WASM':
    'Compiled WASM is the model as a WebAssembly module of its own, without a runtime. Its speed is compared with the original on WASM.',
  WebGPU: 'WebGPU is the execution provider that runs on the GPU through the WebGPU API of the browser.',
  'WebNN CPU':
    'WebNN CPU is the execution provider that runs on the CPU through the machine learning API of the operating system.',
  'WebNN GPU':
    'WebNN GPU is the execution provider that runs on the GPU through the machine learning API of the operating system.',
  'WebNN NPU':
    'WebNN NPU is the execution provider that runs on the neural processor through the machine learning API of the operating system.',
  'Native CPU': 'Native CPU is ONNX Runtime for Node on the CPU, without WebAssembly, as the command line measures it.',
  Variant: 'A variant is the model that a recipe makes from the original.',
  Original: 'The original is the model as you opened it, and the baseline of every comparison.',
  Recipe:
    'A recipe is a list of passes in the order in which they run. The same recipe on the same model gives the same bytes.',
  Pass: 'A pass is one change to a model, with its options.',
  Cell: 'A cell is one variant measured on one execution provider.',
  Refusal: 'A refusal is a node that a pass left unchanged, with the reason.',
  SQNR: 'SQNR is the signal-to-quantization-noise ratio of the outputs. 20 dB more means a ten times smaller error.',
  'Output match':
    'Output match is the similarity of the outputs to those of the original on WASM for the same inputs. It is not accuracy, which needs labeled data.',
  'Recorded outputs':
    'Recorded outputs are outputs that the data contains for its samples. They show whether the model runs here as it did for its author.',
  'Top-1': 'Top-1 is the share of samples whose highest score is that of the right class.',
  'Top-5': 'Top-5 is the share of samples whose right class is among the five highest scores.',
  'Confusion matrix':
    'A confusion matrix is a table of how often each class was predicted as each class. Right predictions are on the diagonal.',
  Recall: 'Recall is the share of the samples of a class that were predicted as this class.',
  Precision: 'Precision is the share of the predictions of a class that were right.',
  Cosine: 'Cosine is the cosine of the angle between two outputs. 1 means the same direction, whatever their length.',
  'KL divergence':
    'KL divergence is the distance of one distribution over classes from another, in nats. 0 means equal; 0.001 is rarely noticeable.',
  dB: 'dB (decibel) is the unit of a ratio on a logarithmic scale. An error of −20 dB is a tenth of the signal, −40 dB a hundredth.',
  GPTQ: 'GPTQ is a rounding method for weights: each weight compensates for the rounding error of those before it. It needs samples.',
  'On the frontier':
    'A variant is on the frontier if no other is at least as small, not measurably worse in accuracy or speed, and measurably better in one of them.',
  Agreement:
    'Agreement is the share of samples for which the variant predicts the same class as the original, right or wrong.',
  'Output kind':
    'Output kind is the content of an output: class scores, an embedding, numbers, a map, a sequence, boxes or texts. It decides the unit in which outputs are compared.',
  'Cosine lost':
    'Cosine lost is the mean over samples of 1 − cosine between the embeddings of the variant and of the original. 0 means the same direction.',
  'Same neighbor':
    'Same neighbor is the share of samples that have the same nearest other sample in the embeddings of the variant and of the original.',
  Overlap:
    'Overlap is the intersection over union of two masks above one half, as the mean over samples. 100 % means equal masks.',
  'Same boxes':
    'Same boxes is the mAP@50 of a variant’s boxes against those that the original finds with a score above 0.25. 100 % means that every box is found again.',
  'mAP@50':
    'mAP@50 is the mean average precision over classes, where a box is right if it overlaps a labeled box by at least one half.',
  'mAP@50:95':
    'mAP@50:95 is the mean of the mean average precision at overlaps of 0.5, 0.55 and so on to 0.95. It is the main figure of COCO.',
  Perplexity:
    'Perplexity is the average uncertainty about the next token of a text: 20 means as unsure as among 20 equally likely tokens. Lower is better.',
  'Same next token':
    'Same next token is the share of places in texts where the most likely next token is the same as that of the original.',
  Cache: 'A cache is what a decoder keeps of earlier tokens, so that each new token costs one short run.',
  'Recall@10':
    'Recall@10 is the share of the ten nearest samples of the original’s embeddings that are among the ten nearest in the variant’s.',
  'Similarity rank':
    'Similarity rank is Spearman’s rank correlation of the cosines of all pairs of samples. 1 means that both embeddings order all pairs alike.',
  'Same step': 'Same step is the share of sequence steps whose most likely class is the same as that of the original.',
  Calibration:
    'Calibration is running the original on samples to find the ranges of its values. These samples are never used to evaluate.',
  Accuracy: 'Accuracy is the share of right predictions on labeled data. It is unknown without labels.',
  'Random input':
    'Random input is random numbers in the shape that the model expects. The same seed gives the same numbers.',
  Median: 'Median is the middle of all times: half were faster, half slower. A few slow runs do not change it.',
  p95: 'p95 is the time that 95 of 100 samples did not exceed.',
  p99: 'p99 is the time that 99 of 100 samples did not exceed.',
  Interval: 'An interval is the range that contains the true value with 95 % confidence, found by resampling.',
  'Noise floor':
    'The noise floor is the largest difference that the same model shows against itself. A smaller difference is never called faster or slower.',
  Load: 'Load is the time to create the session: read the model, choose kernels, prepare weights.',
  'First run':
    'First run is the time of the first run after loading, which includes compiling shaders and reserving memory.',
  'Steady state': 'Steady state is the time of a run after warm-up, which is the usual waiting time.',
  'Warm-up': 'Warm-up is the runs before timing starts, until the times settle.',
  Sample: 'A sample is one timed measurement: one run, or several runs if one is too short for the timer.',
  Pairs: 'Pairs are runs of original and variant in turns. Background load then affects both.',
  Placement: 'Placement is the number of nodes that each execution provider computed.',
  Threads: 'Threads is the number of CPU threads that WASM may use. More than one needs a cross-origin isolated page.',
  'Free dimension': 'A free dimension is a size that the model leaves open, such as the batch or the length of a text.',
  Seed: 'A seed is the start value of random numbers. The same seed gives the same inputs.',
  Budget: 'The budget is the time spent to measure each cell. More time gives narrower intervals.',
  'Dynamic batching':
    'Dynamic batching is running requests that arrive close together as one batch, which many devices compute faster.',
  Arrivals:
    'Arrivals are the times at which requests come: independently, from clients that wait for each response, or in bursts.',
  Utilization: 'Utilization is the share of time in which the model runs.',
  Gzip: 'Gzip is the size after gzip compression, as most servers send the file.',
  Parameters: 'Parameters are the learned numbers of the model: its weights, without sizes, axes, indices and masks.',
  MACs: 'MACs are the multiply-accumulate operations of one run.',
  FLOPs:
    'FLOPs are the floating-point operations of one run: two for each multiply-add, one for each element of other operations.',
  'Bytes moved':
    'Bytes moved is the sum of all bytes that the nodes of one run read and write, weights included. It is the least traffic without fusion.',
  'Peak activations':
    'Peak activations is a static estimate of the most memory that values between nodes need at once, without weights.',
  Opset: 'Opset is the version of the ONNX operator definitions that the model uses.',
} as const;

export type GlossaryTerm = keyof typeof glossary;
