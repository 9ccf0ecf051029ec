/** Types of `prerequisites.mjs`, which is plain JavaScript because it runs before any dependency is installed. */
export function missingPrerequisites(found: { node: string; git: string | undefined }): string[];
export function findPrerequisites(): { node: string; git: string | undefined };
