/** Of the outages that the documentation tells of. */
export const modelSeed = 20_260_101
