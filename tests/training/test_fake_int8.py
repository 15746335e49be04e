"""Training as if weights were of 8 bits."""

import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from training.fake_int8 import fake_int8, rounded_input  # noqa: E402


def test_weights_have_256_values_at_most_and_come_back_as_they_were() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Embedding(20, 64), nn.Linear(64, 512))
    before = {name: value.clone() for name, value in net.state_dict().items()}
    with fake_int8(net):
        assert len(torch.unique(net[1].weight[0])) <= 255
        assert len(torch.unique(net[0].weight)) <= 255
        error = (net[1].weight.detach() - before["1.weight"]).abs().max()
        assert 0 < float(error) <= float(before["1.weight"].abs().max()) / 127
    after = net.state_dict()
    assert set(after) == set(before)
    assert all(torch.equal(after[name], before[name]) for name in before)


def test_what_is_learned_stays() -> None:
    torch.manual_seed(0)
    net = nn.Linear(8, 1)
    x = torch.randn(64, 8)
    y = x @ torch.arange(8.0)[:, None]
    with fake_int8(net):
        optimizer = torch.optim.Adam(net.parameters(), 0.1)
        for _ in range(300):
            loss = nn.functional.mse_loss(net(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    assert loss.item() < 0.05
    assert torch.allclose(net.weight.detach()[0], torch.arange(8.0), atol=0.1)


def test_inputs_are_rounded_over_their_own_range() -> None:
    x = torch.linspace(-1, 3, 1001)
    out = rounded_input(x)
    assert len(torch.unique(out)) <= 256
    assert float((out - x).abs().max()) <= 4 / 255
    assert float(rounded_input(torch.zeros(3)).abs().max()) == 0


def test_it_is_near_to_what_onnxruntime_computes(tmp_path) -> None:
    import numpy as np
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper
    from onnxruntime.quantization import QuantType, quantize_dynamic

    rng = np.random.default_rng(0)
    weight = rng.normal(size=(64, 32)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])], "one",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 64])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 32])], [numpy_helper.from_array(weight, "w")],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.save(model, str(tmp_path / "plain.onnx"))
    quantize_dynamic(
        tmp_path / "plain.onnx", tmp_path / "int8.onnx", weight_type=QuantType.QInt8, per_channel=True,
        reduce_range=False, op_types_to_quantize=["MatMul"],
    )  # fmt: skip
    x = rng.normal(size=(10, 64)).astype(np.float32)
    session = onnxruntime.InferenceSession(str(tmp_path / "int8.onnx"), providers=["CPUExecutionProvider"])
    theirs = session.run(None, {"x": x})[0]
    net = nn.Linear(64, 32, bias=False)
    net.weight.data = torch.from_numpy(weight.T.copy())
    with fake_int8(net):
        ours = net(torch.from_numpy(x)).detach().numpy()
    assert np.abs(ours - theirs).max() < 0.02
    assert np.abs(x @ weight - theirs).max() > 0.02
