// The uniform of the kernels that make a network's input of a photo.
struct Params {
  part: vec4<f32>,           // of the photo: left, top, width, height
  gain: vec4<f32>,
  bias: vec4<f32>,
  fill: vec4<f32>,           // what stands outside the box, normalised
  box: vec4<u32>,            // of y, the pixels that show the photo: left, top, width, height
  size: vec2<u32>,           // width, height of y
  photo: vec2<u32>,          // width, height of the upright photo
  strides: vec4<u32>,        // elements of y: column to column, row to row, channel to channel; where the first lies
  margin: vec2<i32>,         // mirrored pixels at the left and right, at the top and bottom
  turn: u32,                 // for lib/orientation.wgsl
  cubic: f32,                // Keys' a
}
