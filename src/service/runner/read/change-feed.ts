/** Who wants to hear that a search has something new. A listener that throws hurts nobody else. */
export interface ChangeFeed {
  /** Returns the unsubscribe. */
  subscribe(id: string, onChange: () => void): () => void;
  notify(id: string): void;
  listeners(id: string): number;
}

export function createChangeFeed(onError: (error: unknown) => void): ChangeFeed {
  const listeners = new Map<string, Set<() => void>>();
  return {
    subscribe(id, onChange) {
      const own = (): void => onChange();
      const all = listeners.get(id) ?? new Set();
      listeners.set(id, all.add(own));
      return () => {
        all.delete(own);
        if (all.size === 0 && listeners.get(id) === all) listeners.delete(id);
      };
    },
    notify(id) {
      for (const listener of [...(listeners.get(id) ?? [])]) {
        try {
          listener();
        } catch (error) {
          onError(error);
        }
      }
    },
    listeners: (id) => listeners.get(id)?.size ?? 0,
  };
}
