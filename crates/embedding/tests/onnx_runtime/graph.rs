//! Writes the smallest model there is, in the wire format of ONNX: row N of a table for token N.

/// Returns a model whose table is the beginning of the identity matrix.
pub(crate) fn looking_up_rows(rows: usize, columns: usize) -> Vec<u8> {
    let table: Vec<u8> = (0..rows * columns)
        .map(|place| f32::from(place / columns == place % columns))
        .flat_map(f32::to_le_bytes)
        .collect();
    // TensorProto: dims, data_type (float), name, raw_data.
    let table = [
        number(1, rows),
        number(1, columns),
        number(2, FLOAT),
        field(8, b"table"),
        field(9, &table),
    ]
    .concat();
    // NodeProto: input, input, output, op_type.
    let node = [
        field(1, b"table"),
        field(1, b"input_ids"),
        field(2, b"last_hidden_state"),
        field(4, b"Gather"),
    ]
    .concat();
    let batch = named(b"batch");
    let length = named(b"length");
    // GraphProto: node, name, initializer, input, output.
    let graph = [
        field(1, &node),
        field(2, b"rows"),
        field(5, &table),
        field(11, &value(b"input_ids", INTEGER, &[&batch, &length])),
        field(11, &value(b"attention_mask", INTEGER, &[&batch, &length])),
        field(12, &value(b"last_hidden_state", FLOAT, &[&batch, &length, &number(1, columns)])),
    ]
    .concat();
    // ModelProto: ir_version, graph, opset_import.
    [number(1, 8), field(7, &graph), field(8, &number(2, 13))].concat()
}

const FLOAT: usize = 1;
const INTEGER: usize = 7;

/// ValueInfoProto: a name and the shape of what goes by it.
fn value(name: &[u8], element: usize, dimensions: &[&[u8]]) -> Vec<u8> {
    let shape: Vec<u8> = dimensions.iter().flat_map(|dimension| field(1, dimension)).collect();
    let tensor = [number(1, element), field(2, &shape)].concat();
    [field(1, name), field(2, &field(1, &tensor))].concat()
}

/// A dimension that is known when the model runs.
fn named(name: &[u8]) -> Vec<u8> {
    field(2, name)
}

fn field(tag: u8, bytes: &[u8]) -> Vec<u8> {
    [vec![tag << 3 | 2], varint(bytes.len()), bytes.to_vec()].concat()
}

fn number(tag: u8, value: usize) -> Vec<u8> {
    [vec![tag << 3], varint(value)].concat()
}

fn varint(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    bytes.push(value.to_le_bytes()[0]);
    bytes
}
