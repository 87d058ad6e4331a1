/** Every threshold, in one table. Why each is what it is: docs/detectors. */
export const defaultSettings = {
  unauthorizedBurst: {
    /** So many 401s of one address (IPv6: one /64) within the window ... */
    calls: 25,
    windowMinutes: 5,
    /** ... that are at least this share of all it sends: behind a shared address most requests are fine. */
    share: 0.5,
    /** One unknown key, presented so often within the hour from so many addresses. */
    fingerprintCalls: 25,
    fingerprintAddresses: 3,
    /** All addresses together that are not told of by themselves, in a quarter of an hour, from so many addresses. */
    organizationCalls: 60,
    organizationAddresses: 10,
    quietMinutes: 60,
  },
};
export type DetectionSettings = typeof defaultSettings;
