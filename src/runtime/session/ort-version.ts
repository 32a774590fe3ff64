/**
 * Version of onnxruntime-web, part of the evidence of every number. A constant, so that asking a device what it offers
 * loads none of its megabytes; its test holds it to what the package says.
 */
export const ortVersion = '1.30.0';
