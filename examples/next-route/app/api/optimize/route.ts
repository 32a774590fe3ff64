// curl --data-binary @model.onnx localhost:3000/api/optimize -o smaller.onnx
import { isParetoError, optimize, type GoalName } from 'pareto-onnx/node';

export const runtime = 'nodejs';
export const maxDuration = 300;

const goals: readonly GoalName[] = ['smaller', 'faster-wasm', 'faster-webgpu', 'smallest'];

export async function POST(request: Request): Promise<Response> {
  const asked = new URL(request.url).searchParams.get('goal') ?? 'smaller';
  const goal = goals.find((known) => known === asked);
  if (goal === undefined)
    return Response.json({ message: `goal must be one of ${goals.join(', ')}.` }, { status: 400 });
  try {
    const bytes = new Uint8Array(await request.arrayBuffer());
    const { model, report } = await optimize(bytes, { goal, signal: request.signal });
    const headers = { 'Content-Type': 'application/octet-stream', 'X-Original-Bytes': `${report.sizeBytes.original}` };
    return new Response(new Blob([new Uint8Array(model)]), { headers });
  } catch (error) {
    if (!isParetoError(error)) throw error;
    return Response.json({ code: error.code, message: error.message }, { status: 422 });
  }
}
