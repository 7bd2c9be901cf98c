/** API group and version of all kinds of this project. */
export const group = 's3audit.dev'
export const version = 'v1alpha1'
