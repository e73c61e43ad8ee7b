// Sums and maxima over the lanes of a row, where the workgroup is one subgroup or a part of it.
fn lanes_sum(v: f32, lane: u32) -> f32 { return subgroupAdd(v); }
fn lanes_max(v: f32, lane: u32) -> f32 { return subgroupMax(v); }
