# Souschef in a container:  docker build -t souschef .
#   docker run --rm -it -v kitchen:/data souschef chat
# The target "student" serves a student to several bots:  docker build --target student -t souschef-student .
FROM python:3.11-slim AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN pip install uv && uv venv /opt/souschef
ENV VIRTUAL_ENV=/opt/souschef
WORKDIR /src
# What is needed changes less often than the program: these layers are kept. The pins of psycopg are those of the tests.
COPY requirements.txt requirements-dev.txt ./
RUN grep -i '^psycopg' requirements-dev.txt > postgres.txt && uv pip install --no-cache -r requirements.txt -r postgres.txt
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY model model
COPY retrieval retrieval
COPY training training
RUN uv pip install --no-cache --no-deps .

# An OpenAI-compatible server for the student. It is compiled, which takes some minutes; without the options below its
# build for this machine's processor may crash on another.
FROM packages AS server
RUN apt-get update && apt-get install -y --no-install-recommends build-essential cmake git && rm -rf /var/lib/apt/lists/*
RUN CMAKE_ARGS="-DGGML_NATIVE=OFF -DLLAVA_BUILD=OFF -DMTMD_BUILD=OFF" \
    uv pip install --no-cache "llama-cpp-python[server]>=0.3.16,<0.4"

FROM python:3.11-slim AS student
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 1000 --create-home cook
COPY --from=server /opt/souschef /opt/souschef
COPY model/weights/student.gguf /student/student.gguf
USER cook
EXPOSE 8000
CMD ["/opt/souschef/bin/python", "-m", "llama_cpp.server", "--model", "/student/student.gguf", "--model_alias", "student", \
     "--n_ctx", "2048", "--logits_all", "true", "--interrupt_requests", "false", "--host", "0.0.0.0", "--port", "8000"]

FROM python:3.11-slim AS souschef
RUN useradd --uid 1000 --create-home cook && install -d -o cook /data
COPY --from=packages /opt/souschef /opt/souschef
ENV PATH=/opt/souschef/bin:$PATH PYTHONUNBUFFERED=1 SOUSCHEF_PATHS__DATA=/data
USER cook
WORKDIR /home/cook
VOLUME /data
ENTRYPOINT ["souschef"]
CMD ["serve"]
