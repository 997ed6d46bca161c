terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {}

resource "aws_cloudwatch_log_group" "absent" {
  name = "absent"
}

resource "aws_security_group" "absent" {
  name = "absent"
}

resource "aws_ecs_task_set" "absent" {
  cluster         = "default"
  service         = "absent"
  task_definition = "absent:1"
}
