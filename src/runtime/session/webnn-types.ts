/** The part of WebNN (https://www.w3.org/TR/webnn/) that the probe needs: no package of types follows it closely yet. */
export type WebnnDeviceType = 'cpu' | 'gpu' | 'npu';

interface WebnnContext {
  destroy?(): void;
  opSupportLimits?(): unknown;
}

export interface NavigatorWithWebnn {
  readonly ml?: { createContext(options: { readonly deviceType: WebnnDeviceType }): Promise<WebnnContext> };
}
