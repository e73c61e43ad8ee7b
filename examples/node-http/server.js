// POST a photograph, get its depth as a PNG:  curl --data-binary @photo.jpg localhost:3000 > depth.png
import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { colorize, createDepthEstimator, destroyDepth, IsobathError, isobathTiny } from 'isobath'
import { encodeImage, openEngine, readDefaultModel, readPhoto } from 'isobath/node'

const MOST_BYTES = 20e6

const engine = await openEngine()
const estimator = await createDepthEstimator(engine, readDefaultModel(), { card: isobathTiny })

async function depthOf(bytes) {
  const photo = await readPhoto('the request', bytes)
  const map = await estimator.estimate(photo)
  try {
    return await encodeImage(await colorize(engine, map), 'png')
  } finally {
    destroyDepth(map)
  }
}

const server = createServer(async (request, response) => {
  const answer = (status, type, body) => response.writeHead(status, { 'content-type': type }).end(body)
  if (request.method !== 'POST') return answer(405, 'text/plain', 'POST a photograph\n')
  const length = Number(request.headers['content-length'])
  if (!(length <= MOST_BYTES)) return answer(413, 'text/plain', `at most ${MOST_BYTES} bytes, told by content-length\n`)
  try {
    answer(200, 'image/png', await depthOf(await buffer(request)))
  } catch (error) {
    const theirs = error instanceof IsobathError && error.code === 'input'
    if (!theirs) console.error(error)
    answer(theirs ? 400 : 500, 'text/plain', `${theirs ? error.message : 'the estimation failed'}\n`)
  }
})

server.listen(Number(process.env.PORT ?? 3000), () => console.log(`http://localhost:${server.address().port}`))
