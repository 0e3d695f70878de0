// Calls listeners.

/**
 * Call a listener, if there is one, and return its result. An error that it throws is reported, and must not stop
 * the SDK.
 */
export function tell(theirs, ...what) {
  try {
    return theirs?.(...what);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
    return undefined;
  }
}
